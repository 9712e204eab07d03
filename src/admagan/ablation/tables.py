"""ablation.md: the tables as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from admagan.ablation.summary import Answered, Cell, Column, Row
from admagan.evaluation.page import shown
from admagan.schema.ablation import AblationCard
from admagan.schema.report import Pictures

KINDS: dict[Pictures, str] = {
    "annotated": "Pictures made from annotated attributes",
    "read": "Pictures made from the caption alone",
}
ARROWS = {"lower": "↓", "higher": "↑"}
_LEGEND = (
    "Mean ± standard deviation over seeds. A star marks a difference to the line in bold whose 95 % interval "
    "(Student, paired by seed) leaves out zero; of twenty differences without any reason, one gets a star. "
    "No star: these runs do not tell. “Real pictures”: what the training split, or the captions' own pictures, "
    "reach in the same place."
)
_TAUGHT = " {} taught some of these models, whose figures on its features are better than their pictures."


def legend(answered: Sequence[Answered]) -> str:
    """Return what the tables mean, and which of their judges are not independent."""
    networks = {column.network for one in answered for column in one.columns}
    rows = [row for one in answered for row in one.rows]
    taught = {name for row in rows for run in row.runs for name in run.report.model.teachers} & networks
    return _LEGEND + "".join(_TAUGHT.format(name) for name in sorted(taught))


def render_text(card: AblationCard, answered: Sequence[Answered], done: int, planned: int) -> str:
    """Return the page as Markdown.

    Args:
        card: Under which conditions.
        answered: The tables.
        done: Runs that are finished.
        planned: Of how many.
    """
    parts = [f"# Ablation on {card.data}", headline(card, done, planned), legend(answered)]
    for one in answered:
        parts += [f"## {one.table.question.asks}", f"The paper: {one.table.question.paper}"]
        for kind, title in KINDS.items():
            parts += [f"{title}:", "\n".join(_table(one, kind))]
    return "\n\n".join(parts) + "\n"


def headline(card: AblationCard, done: int, planned: int) -> str:
    """Return budget, evaluation and state of the work as a sentence or two."""
    settings = card.settings
    unfinished = f" {done} of {planned} runs are done." if done < planned else ""
    return (
        f"Pictures of {settings.generator.size} px. Each run: {budget(card)}. The last weights are evaluated, on "
        f"{card.samples:,} pictures made for captions of the {card.split} split.{unfinished}"
    )


def budget(card: AblationCard) -> str:
    """Return how long each run trains, in words."""
    train = card.settings.train
    images = f"{train.images:,} images"
    return f"{train.minutes:g} minutes of training, {images} at most" if train.minutes else images


def cell_text(cell: Cell) -> str:
    """Return mean, spread and star."""
    if math.isnan(cell.mean):
        return "–"
    spread = f" ± {spread_text(cell)}" if cell.spread is not None else ""
    star = " *" if cell.difference is not None and cell.difference.carried else ""
    return f"{shown(cell.mean)}{spread}{star}"


def spread_text(cell: Cell) -> str:
    """Return the spread with as many decimals as its mean is shown with; "" where there is none."""
    if cell.spread is None:
        return ""
    mean = shown(cell.mean)
    return shown(cell.spread) if "e" in mean else f"{cell.spread:.{len(mean.partition('.')[2])}f}"


def heading(column: Column) -> str:
    """Return the name of a figure with its network."""
    arrow = ARROWS.get(column.better, "")
    return f"{column.name} {arrow} ({column.network})"


def _table(answered: Answered, kind: Pictures) -> list[str]:
    headings = ["", "seeds", "images", "minutes", *map(heading, answered.columns), "the paper"]
    real = ["real pictures", "", "", "", *(_real(answered, column) for column in answered.columns), ""]
    rows = [_row(answered, row, kind) for row in answered.rows]
    ruler = ["---", *["---:"] * (len(headings) - 2), "---"]
    return [f"| {' | '.join(cells)} |" for cells in (headings, ruler, *rows, real)]


def _row(answered: Answered, row: Row, kind: Pictures) -> list[str]:
    label = f"**{row.line.label}**" if row.line == answered.table.reference else row.line.label
    counts = [str(len(row.runs)), f"{row.images:,.0f}", f"{row.minutes:.1f}"]
    cells = [cell_text(row.cells[kind, column]) for column in answered.columns]
    return [label, *counts, *cells, row.line.paper]


def _real(answered: Answered, column: Column) -> str:
    return shown(answered.real.get(column))
