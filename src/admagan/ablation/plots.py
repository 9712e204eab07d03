"""The chart of a question: a panel for each figure, in it a point for each run and the mean of each arm."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from admagan.ablation.summary import Answered, Column
from admagan.ablation.tables import ARROWS
from admagan.charts import LINE, MUTED, chart_style, picture
from admagan.evaluation.charts import ANNOTATED, DPI, READ
from admagan.evaluation.page import shown
from admagan.schema.report import Pictures

ACROSS = 3
KINDS: tuple[tuple[Pictures, str, str, float], ...] = (
    ("annotated", "from annotated attributes", ANNOTATED, -0.17),
    ("read", "from the caption alone", READ, 0.17),
)
"""Kind, what the legend says, colour, and how far from the middle of an arm's row."""


def draw_question(answered: Answered) -> Image.Image:
    """Draw all figures of a question."""
    down = math.ceil(len(answered.columns) / ACROSS)
    height = 0.6 + down * (0.62 + 0.36 * len(answered.rows))
    with chart_style(8):
        figure = Figure(figsize=(10.4, height), layout="constrained", dpi=DPI)
        axes = figure.subplots(down, ACROSS, squeeze=False, sharey=True)
        panels = list(axes.flat)
        for axis, column in zip(panels, answered.columns, strict=False):
            _draw_panel(axis, answered, column)
        for axis in panels[len(answered.columns) :]:
            axis.set_visible(False)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
        return picture(figure)


def _draw_panel(axis: Axes, answered: Answered, column: Column) -> None:
    for kind, name, colour, offset in KINDS:
        for place, row in enumerate(answered.rows):
            cell, y = row.cells[kind, column], place + offset
            values = list(cell.values.values())
            first = place == 0
            axis.scatter(
                values,
                [y] * len(values),
                s=12,
                color=colour,
                alpha=0.45,
                linewidths=0,
                label=f"runs {name}" * first,
            )
            axis.scatter(
                [cell.mean], [y], s=70, color=colour, marker="|", linewidths=2, label=f"mean {name}" * first
            )
    real = f"  ·  real {shown(answered.real[column])}" if column in answered.real else ""
    title = f"{column.name} {ARROWS.get(column.better, '')}  {column.network}{real}"
    axis.set_title(title, fontsize=8, color=MUTED, loc="left")
    axis.set_yticks(range(len(answered.rows)), [row.line.label for row in answered.rows])
    axis.set_ylim(len(answered.rows) - 0.5, -0.5)
    axis.margins(x=0.08)
    axis.grid(axis="x", color=LINE, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(length=0)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.spines["bottom"].set_color(LINE)
