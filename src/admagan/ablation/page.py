"""ablation.html: the tables with charts and pictures, as one page that needs nothing of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from admagan.ablation.folder import Finished
from admagan.ablation.plots import draw_question
from admagan.ablation.strips import draw_sheet
from admagan.ablation.summary import Answered
from admagan.ablation.tables import ARROWS, KINDS, headline, legend, spread_text
from admagan.evaluation.page import shown, style
from admagan.pages import inline, templates
from admagan.schema.ablation import AblationCard


@dataclass(frozen=True)
class Drawn:
    """The pictures of a question."""

    chart: Image.Image
    """Its figures."""
    sheet: Image.Image
    """What its arms make of the same captions."""
    seed: int
    """Of the sheet's trainings."""


def render_page(
    card: AblationCard,
    answered: Sequence[Answered],
    pictures: Sequence[Drawn | None],
    done: Sequence[Finished],
    planned: int,
) -> str:
    """Return the page; `pictures` are those of each question, the other arguments those of `tables.render_text`."""
    page = templates("admagan.ablation", figure=shown, spread=spread_text).get_template("page.html")
    return page.render(
        card=card,
        headline=headline(card, len(done), planned),
        legend=legend(answered),
        style=style(),
        kinds=KINDS,
        arrows=ARROWS,
        sections=[_section(*one) for one in zip(answered, pictures, strict=True)],
        runs=[_run(card, one) for one in done],
    )


def draw_pictures(answered: Answered) -> Drawn | None:
    """Return a question's pictures, the sheet of its first seed; None where no run is done."""
    if not answered.rows:
        return None
    seed = answered.rows[0].runs[0].run.seed
    labelled = [(row.line.label, one) for row in answered.rows for one in row.runs if one.run.seed == seed]
    return Drawn(draw_question(answered), draw_sheet(labelled), seed)


def _section(answered: Answered, drawn: Drawn | None) -> dict[str, Any]:
    if drawn is None:
        return {"answered": answered}
    return {
        "answered": answered,
        "chart": inline(drawn.chart, optimize=True),
        "sheet": inline(drawn.sheet, optimize=True),
        "seed": drawn.seed,
    }


def _run(card: AblationCard, one: Finished) -> dict[str, Any]:
    return {
        "name": one.run.name,
        "images": one.record.images,
        "minutes": one.record.seconds / 60,
        "changed": one.changed(card.settings),
    }
