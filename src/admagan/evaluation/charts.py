"""The chart of a report: how well each attribute shows."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from admagan.charts import ACCENT, INK, LINE, MUTED, chart_style, drawable, picture
from admagan.schema.report import AttributeFigures, Report

MOST = 60
REAL, ANNOTATED, READ = INK, ACCENT, "#e08a3c"
DPI = 160


def draw_attributes(report: Report) -> Image.Image:
    """Draw the average precision of the most frequent attributes by group: real, both kinds of generated, guessing."""
    shown = sorted(report.attributes, key=lambda one: -one.positives)[:MOST]
    groups = dict.fromkeys(one.group for one in report.attributes)
    ordered = [one for group in groups for one in shown if one.group == group]
    with chart_style(8):
        figure = Figure(figsize=(8.4, 1.0 + 0.2 * len(ordered)), layout="constrained", dpi=DPI)
        axis = figure.subplots()
        places = np.arange(len(ordered))
        ends = [[_value(one.prevalence), _value(one.on_real)] for one in ordered]
        axis.hlines(places, *np.array(ends).T, color=LINE, linewidth=3, zorder=1)
        series = (
            ("guessing", [one.prevalence for one in ordered], MUTED, "|"),
            ("real pictures", [one.on_real for one in ordered], REAL, "D"),
            ("from annotated attributes", [one.on_annotated for one in ordered], ANNOTATED, "o"),
            ("from the caption alone", [one.on_read for one in ordered], READ, "o"),
        )
        for name, values, colour, marker in series:
            found = [_value(value) for value in values]
            axis.scatter(
                found, places, s=26, color=colour, marker=marker, label=name, zorder=2, linewidths=1.2
            )
        axis.set_yticks(places, [_label(one) for one in ordered])
        axis.set_ylim(len(ordered) - 0.4, -0.6)
        axis.set_xlim(-0.02, 1.02)
        axis.set_xlabel("average precision", color=MUTED)
        axis.spines["bottom"].set_color(LINE)
        axis.grid(axis="x", color=LINE, linewidth=0.6)
        axis.tick_params(length=0)
        axis.spines[["top", "right", "left"]].set_visible(False)
        figure.legend(loc="outside upper center", ncols=4, frameon=False)
        return picture(figure)


def _label(one: AttributeFigures) -> str:
    repeated = not one.group or one.group.casefold() in one.name.casefold()
    name = one.name if repeated else f"{one.group}: {one.name}"
    return f"{drawable([name])}  ({one.positives:,})"


def _value(value: float | None) -> float:
    return np.nan if value is None else value
