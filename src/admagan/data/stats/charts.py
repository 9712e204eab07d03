"""The pictures of the report, drawn with matplotlib, as PNG files in memory."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from admagan.charts import ACCENT, INK, MUTED, chart_style, drawable, png
from admagan.data.manifest import captions_of
from admagan.data.stats.collect import Captions, Correlation, Sample, Statistics

MOST_BARS, MOST_CELLS = 40, 72
"""Attributes in the chart of frequencies, and on each side of the heat map."""
COLUMNS, CELL = 6, (2.1, 2.75)
"""Of the sample sheet; width and height in inches of a picture with its text."""
SHEET_DPI, CHART_DPI = 120, 160


def draw_samples(samples: Sequence[Sample]) -> bytes:
    """Draw pictures with their first caption and their tags."""
    rows = max(1, -(-len(samples) // COLUMNS))
    width, height = COLUMNS * CELL[0], rows * CELL[1]
    with chart_style():
        figure = Figure(figsize=(width, height), dpi=SHEET_DPI)
        for place, sample in enumerate(samples):
            left, top = (place % COLUMNS) * CELL[0] + 0.1, height - (place // COLUMNS) * CELL[1] - 0.1
            side = CELL[0] - 0.2
            axis = figure.add_axes((left / width, (top - side) / height, side / width, side / height))
            axis.imshow(np.asarray(sample.image), interpolation="antialiased")
            axis.set_axis_off()
            axis.set_anchor("S")
            caption = drawable(captions_of(sample.entry.record))
            _write(figure, left, top - side - 0.06, caption, INK)
            _write(figure, left, top - side - 0.36, drawable([", ".join(sample.tags)]), MUTED)
        return png(figure)


def draw_attributes(statistics: Statistics) -> bytes:
    """Draw how many training images have each of the most frequent attributes."""
    most = sorted(statistics.bank.attributes, key=lambda attribute: -attribute.count)[:MOST_BARS]
    with chart_style():
        figure = Figure(figsize=(8, 0.6 + 0.2 * max(1, len(most))), layout="constrained", dpi=CHART_DPI)
        axis = figure.subplots()
        labels = [drawable([attribute.name]) for attribute in most]
        bars = axis.barh(range(len(most)), [attribute.count for attribute in most], color=ACCENT, height=0.7)
        axis.bar_label(bars, fmt="{:,.0f}", padding=4, color=MUTED)
        axis.set_yticks(range(len(most)), labels)
        axis.tick_params(length=0)
        axis.invert_yaxis()
        axis.margins(x=0.08, y=0.01)
        axis.xaxis.set_visible(False)
        axis.spines[:].set_visible(False)
        return png(figure)


def draw_caption_lengths(captions: Captions) -> bytes:
    """Draw how many captions have how many tokens, and where a model stops reading."""
    with chart_style():
        figure = Figure(figsize=(11.4, 3), layout="constrained", dpi=CHART_DPI)
        axis = figure.subplots()
        longest = int(captions.tokens.max(initial=1))
        shown = min(longest, 4 * captions.max_tokens)
        edges = np.arange(0.5, shown + 1.5, max(1, shown // 64))
        axis.hist(np.minimum(captions.tokens, edges[-1]), bins=edges.tolist(), color=ACCENT, rwidth=0.85)
        if longest >= captions.max_tokens:
            axis.axvline(captions.max_tokens + 0.5, color="#d9480f", linewidth=1.2)
            axis.annotate(
                f"cut after {captions.max_tokens}",
                (captions.max_tokens + 0.5, 0.95),
                xytext=(5, 0),
                textcoords="offset points",
                xycoords=("data", "axes fraction"),
                color="#d9480f",
                va="top",
            )
        axis.set_xlabel("tokens of a caption" + (" (the last bar: and more)" if longest > shown else ""))
        axis.set_ylabel("captions")
        axis.yaxis.set_major_formatter("{x:,.0f}")
        axis.spines[["top", "right"]].set_visible(False)
        return png(figure)


def draw_correlation(correlation: Correlation, names: Sequence[str], order: Sequence[int]) -> bytes:
    """Draw P(column | row) of the attributes `order`, the ones joined in the graph in full colour."""
    chosen = np.array(order, dtype=np.int64)
    values = correlation.probability[np.ix_(chosen, chosen)].copy()
    np.fill_diagonal(values, np.nan)
    labels = [drawable([names[index]]) for index in order]
    side = 2.2 + 0.155 * max(len(order), 8)
    with chart_style():
        figure = Figure(figsize=(side + 0.6, side), layout="constrained", dpi=CHART_DPI)
        axis = figure.subplots()
        image = axis.imshow(values, cmap=_two_tone(correlation.tau), vmin=0, vmax=1)
        axis.set_xticks(range(len(order)), labels, rotation=90)
        axis.set_yticks(range(len(order)), labels)
        axis.tick_params(length=0, labelsize=7.5, labelcolor=INK)
        axis.set_xticks(np.arange(len(order) + 1) - 0.5, minor=True)
        axis.set_yticks(np.arange(len(order) + 1) - 0.5, minor=True)
        axis.grid(which="minor", color="white", linewidth=0.6)
        axis.tick_params(which="minor", length=0)
        axis.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axis, shrink=0.4, pad=0.01)
        bar.set_label("P(column | row)", color=MUTED)
        bar.set_ticks([0, correlation.tau, 1])
        bar.outline.set_visible(False)
        return png(figure)


def _two_tone(threshold: float) -> ListedColormap:
    """Return white to grey below `threshold`, blues from there to 1."""
    below = round(256 * threshold)
    grey = colormaps["Greys"](np.linspace(0, 0.28, below))
    blue = colormaps["Blues"](np.linspace(0.45, 1, 256 - below))
    return ListedColormap(np.concatenate([grey, blue]))


def _write(figure: Figure, left: float, top: float, text: str, colour: str) -> None:
    """Write two lines at most; `left` and `top` in inches from the lower left corner."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    letters = round(33 * len(text) / (len(text) + wide)) if text else 33
    lines = "\n".join(textwrap.wrap(text, letters, max_lines=2, placeholder=" …"))
    width, height = figure.get_size_inches()
    figure.text(left / width, top / height, lines, va="top", size=7, color=colour)
