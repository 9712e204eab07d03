"""ablation.json: everything that the tables and plots are drawn from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from admagan.ablation.folder import Finished
from admagan.ablation.summary import Answered, Difference
from admagan.schema.ablation import AblationCard

FORMAT = 1


def as_json(card: AblationCard, answered: Sequence[Answered], done: Sequence[Finished]) -> dict[str, Any]:
    """Return conditions, questions, every run with all its figures, and the tables' means, as JSON values."""
    return {
        "format": FORMAT,
        "conditions": card.model_dump(mode="json"),
        "protocol": done[0].report.protocol.model_dump(mode="json") if done else None,
        "questions": [_question(one) for one in answered],
        "runs": [_run(card, one) for one in done],
        "means": [mean for one in answered for mean in _means(one)],
    }


def _question(answered: Answered) -> dict[str, Any]:
    question = answered.table.question
    arms = [{"label": line.label, "arm": line.arm, "paper": line.paper} for line in answered.table.lines]
    return {"name": question.name, "asks": question.asks, "paper": question.paper, "arms": arms}


def _run(card: AblationCard, one: Finished) -> dict[str, Any]:
    return {
        "arm": one.run.arm,
        "seed": one.run.seed,
        "changed": one.changed(card.settings),
        "settings": one.record.settings.model_dump(mode="json"),
        "images": one.record.images,
        "training_seconds": round(one.record.seconds, 1),
        "evaluation_seconds": round(one.record.evaluation_seconds, 1),
        "setbacks": one.record.setbacks,
        "model": one.report.model.model_dump(mode="json"),
        "environment": one.report.environment.model_dump(mode="json"),
        "figures": [figure.model_dump(mode="json") for figure in one.report.figures],
    }


def _means(answered: Answered) -> Iterator[dict[str, Any]]:
    for row in answered.rows:
        for (kind, column), cell in row.cells.items():
            yield {
                "question": answered.table.question.name,
                "arm": row.line.arm,
                "label": row.line.label,
                "figure": column.name,
                "network": column.network,
                "pictures": kind,
                "seeds": sorted(cell.values),
                "mean": None if math.isnan(cell.mean) else cell.mean,
                "spread": cell.spread,
                "difference": _difference(cell.difference),
            }


def _difference(difference: Difference | None) -> dict[str, Any] | None:
    """Return it without infinities, which JSON does not have."""
    if difference is None:
        return None
    ends = {"low": difference.low, "high": difference.high}
    finite = {name: end if math.isfinite(end) else None for name, end in ends.items()}
    return {"mean": difference.mean} | finite | {"carried": difference.carried}
