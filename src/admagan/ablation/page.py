"""ablation.html: the tables with charts and pictures, as one page that needs nothing of the network."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from admagan.ablation.folder import Finished
from admagan.ablation.plots import draw_question
from admagan.ablation.strips import draw_sheet
from admagan.ablation.summary import Answered
from admagan.ablation.tables import ARROWS, KINDS, LEGEND, headline, spread_text
from admagan.evaluation.page import inline, shown, style
from admagan.schema.ablation import AblationCard
from admagan.schema.base import field_differences


def render_page(
    card: AblationCard, answered: Sequence[Answered], done: Sequence[Finished], planned: int
) -> str:
    """Return the page; the arguments are those of `tables.render_text`."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"figure": shown, "spread": spread_text}
    source = files("admagan.ablation").joinpath("page.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        card=card,
        headline=headline(card, len(done), planned),
        legend=LEGEND,
        style=style(),
        kinds=KINDS,
        arrows=ARROWS,
        sections=[_section(one) for one in answered],
        runs=[_run(card, one) for one in done],
    )


def _section(answered: Answered) -> dict[str, Any]:
    if not answered.rows:
        return {"answered": answered}
    seed = answered.rows[0].runs[0].run.seed
    labelled = [(row.line.label, one) for row in answered.rows for one in row.runs if one.run.seed == seed]
    pictures = {"chart": draw_question(answered), "sheet": draw_sheet(labelled)}
    return {"answered": answered, "seed": seed} | {name: inline(made) for name, made in pictures.items()}


def _run(card: AblationCard, one: Finished) -> dict[str, Any]:
    changed = field_differences(card.settings, one.record.settings)
    return {
        "name": one.run.name,
        "images": one.record.images,
        "minutes": one.record.seconds / 60,
        "changed": {name: value for name, (_, value) in changed.items()},
    }
