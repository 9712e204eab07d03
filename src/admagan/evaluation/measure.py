"""Make all pictures of an evaluation, have them looked at, and compute every figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admagan.bank import NO_CHOICE, AttributeBank
from admagan.evaluation.figures import Asked, Figures, number
from admagan.evaluation.judges import EYES, Judges, matched_features
from admagan.evaluation.real import RealData
from admagan.evaluation.said import said
from admagan.evaluation.subject import Kind, Subject
from admagan.metrics.classification import prevalence
from admagan.metrics.evaluator import EVALUATOR
from admagan.metrics.pictures import Extracted, extract_all
from admagan.schema.report import AttributeFigures, EvaluationProtocol, Figure

KINDS: dict[Kind, str] = {
    "annotated": "pictures of annotated attributes",
    "read": "pictures of attributes read in the caption",
}
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """All that was found out about a model."""

    figures: list[Figure]
    attributes: list[AttributeFigures]
    nearest: NDArray[np.int64]
    """(Q,3): training pictures nearest to the first Q pictures of annotated attributes."""
    distances: Array
    """(Q,3): how far these are, in features."""


def measure(subject: Subject, real: RealData, judges: Judges, protocol: EvaluationProtocol) -> Measured:
    """Return every figure: first what real pictures reach, then both kinds of generated ones."""
    plan, pictures = subject.plan, real.evaluated.pictures
    bank = subject.model.folder.bank
    labels = (pictures.labels & pictures.known)[plan.rows]
    asked = Asked(
        plan=plan,
        labels=labels,
        known=pictures.known[plan.rows],
        settled=said(bank, plan.texts).settled(plan.text, labels),
        groups={
            group: indices
            for group, indices in bank.groups.items()
            if group not in NO_CHOICE and len(indices) > 1
        },
        texts=judges.matcher.captions(plan.texts) if judges.matcher else None,
    )
    figures = Figures(judges, asked, protocol)
    figures.sets("real", judges.train, np.arange(len(real.train.pictures)))
    figures.matches("real", matched_features(judges.real)[plan.rows])
    precision = [figures.attributes("real", judges.real[EVALUATOR].logits[plan.rows])]
    found = {}
    for kind in KINDS:
        made = _looked_at(subject, judges, kind)
        figures.sets(kind, made, plan.rows)
        figures.matches(kind, matched_features(made))
        precision.append(figures.attributes(kind, made[EVALUATOR].logits))
        figures.diversity(kind, _variants(subject, judges, kind, *protocol.diversity))
        found[kind] = figures.copies(kind, made[EYES].features[: protocol.copies])
    read = figures.reading(subject.read_strengths())
    attributes = _attributes(bank, asked, (pictures.labels & pictures.known).sum(0), precision, read)
    return Measured(figures.collected, attributes, *found["annotated"])


def _looked_at(subject: Subject, judges: Judges, kind: Kind) -> dict[str, Extracted]:
    made = extract_all(judges.networks, subject.pictures(kind), len(subject.plan), KINDS[kind])
    return {network.name: one for network, one in zip(judges.networks, made, strict=True)}


def _variants(subject: Subject, judges: Judges, kind: Kind, prompts: int, each: int) -> NDArray[np.float32]:
    """Return the features (prompts * each, f) of several pictures of the first captions."""
    first = np.sort(np.unique(subject.plan.text, return_index=True)[1])[:prompts]
    batches = subject.variants(kind, first, each)
    return judges.networks[0].extract(batches, prompts * each, "several pictures of one caption").features


def _attributes(
    bank: AttributeBank, asked: Asked, positives: NDArray[np.integer], precision: list[Array], read: Array
) -> list[AttributeFigures]:
    shares = prevalence(asked.labels, asked.known)
    return [
        AttributeFigures(
            name=attribute.name,
            group=attribute.group,
            positives=int(positives[i]),
            prevalence=number(shares[i]),
            on_real=number(precision[0][i]),
            on_annotated=number(precision[1][i]),
            on_read=number(precision[2][i]),
            reading_f1=number(read[i, 2]),
        )
        for i, attribute in enumerate(bank.attributes)
    ]
