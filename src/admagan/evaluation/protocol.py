"""`admagan evaluate`: one model on one split, from pictures to report, and the protocol that is stated with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.evaluation.judges import Judges, judges_for
from admagan.evaluation.measure import measure
from admagan.evaluation.real import RealData, read_real
from admagan.evaluation.report import (
    FILES,
    JSON,
    environment,
    model_used,
    read_report,
    refuse_other_protocol,
    write_report,
)
from admagan.evaluation.subject import CAPTION_CHOICE, Plan, Subject, plan_samples
from admagan.files import refuse_other_folder
from admagan.metrics.features import load_network
from admagan.metrics.neighbours import K
from admagan.metrics.retrieval import CANDIDATES
from admagan.runtime.noise import MOST
from admagan.schema.base import fingerprint
from admagan.schema.evaluation import JudgeSettings
from admagan.schema.records import Split
from admagan.schema.report import EvaluationProtocol, Report
from admagan.training.allocator import keep_freed_memory

if TYPE_CHECKING:
    from admagan.runtime.pipeline import AdmaGAN

MOST_NEIGHBOURS = 10_000
PROMPTS, EACH = 50, 4
COPIES = 500
SPLITS, HALVES, REPLICATES = 10, 20, 1_000
FEWEST = 20
"""Samples below which halves and parts of them would say nothing."""


@dataclass(frozen=True)
class Request:
    """What a user may choose."""

    split: Split = "test"
    """Where real pictures and captions are from."""
    samples: int = 5_000
    """Pictures to make of each kind."""
    seed: int = 0
    """Of noise, order and resampling."""
    truncation: float = 1.0
    """Factor on the noise, above 0 up to 1."""
    features: tuple[str, ...] = ()
    """Pretrained feature networks beside EfficientNet-Lite0."""
    judging: JudgeSettings = field(default_factory=JudgeSettings)
    """How evaluator and matcher are trained."""

    def check(self) -> None:
        """Raise an `InputError` where a number is out of range."""
        if self.samples < FEWEST:
            raise InputError("--samples", f"at least {FEWEST}", self.samples)
        if not 0 <= self.seed < MOST:
            raise InputError("--seed", "a whole number from 0, below 2^63", self.seed)
        if not 0 < self.truncation <= 1:
            raise InputError("--truncation", "a number above 0 up to 1", self.truncation)

    def check_networks(self, size: int) -> None:
        """Raise an `InputError` where a feature network for pictures of `size` pixels is not there."""
        for name in self.features:
            load_network(name, size)


def evaluate(
    model: AdmaGAN, data: Path, out: Path, request: Request | None = None, compare: Path | None = None
) -> Report:
    """Measure a model and write report.json, report.html and pictures into the folder `out`.

    Args:
        model: The model, as users get it.
        data: The data set folder; the judges learn from its training split.
        out: A new folder, or that of an earlier report, which is replaced.
        request: How.
        compare: An earlier report, made under the same protocol, to set beside this one.

    Raises:
        InputError: A split is empty, an option is out of range, or `compare` was made under another protocol.
    """
    request = request or Request()
    request.check()
    refuse_other_folder(out, JSON, FILES)
    other = read_report(compare) if compare else None
    keep_freed_memory()
    subject, real = subject_of(model, data, request)
    judges = judges_for(real, model.folder.bank, request.judging, request.features)
    protocol = protocol_of(request, real, subject.plan, judges, model.folder.bank)
    if other is not None:
        refuse_other_protocol(protocol, other.protocol, str(compare))
    measured = measure(subject, real, judges, protocol)
    report = Report(
        model=model_used(model),
        data=real.name,
        protocol=protocol,
        environment=environment(),
        figures=measured.figures,
        attributes=measured.attributes,
        unread=subject.unread,
    )
    write_report(report, measured, subject, real, out, other)
    return report


def subject_of(model: AdmaGAN, data: Path, request: Request) -> tuple[Subject, RealData]:
    """Return the model with the pictures it is asked for, and the real data that they are held against."""
    real = read_real(data, request.split, model.folder.bank, model.size, model.folder.config.pictures)
    pictures = real.evaluated.pictures
    annotated = (pictures.labels & pictures.known).astype(np.float32)
    plan = plan_samples(real.evaluated.captions, request.samples, request.seed)
    return Subject(model, plan, annotated, request.truncation, request.seed), real


def protocol_of(
    request: Request, real: RealData, plan: Plan, judges: Judges, bank: AttributeBank
) -> EvaluationProtocol:
    """State everything that the figures depend on besides the model."""
    names = [(attribute.name, attribute.group) for attribute in bank.attributes]
    phrases = [attribute.phrases for attribute in bank.attributes]
    pictures = len(real.evaluated.pictures)
    return EvaluationProtocol(
        data=real.evaluated.fingerprint,
        split=request.split,
        training_data=real.train.fingerprint,
        attribute_bank=fingerprint(names),
        phrases=fingerprint(phrases),
        real=pictures,
        generated=len(plan),
        captions=len(plan.texts),
        caption_choice=CAPTION_CHOICE,
        size=real.evaluated.pictures.size,
        pictures=real.fitting,
        values="8 bits, clipped and rounded",
        truncation=request.truncation,
        seed=request.seed,
        networks=judges.used(),
        neighbours=K,
        neighbour_pictures=min(pictures, len(plan), len(real.train.pictures), MOST_NEIGHBOURS),
        candidates=_candidates(plan, judges),
        inception_splits=SPLITS,
        diversity=(min(PROMPTS, len(plan.texts)), EACH),
        copies=min(COPIES, len(plan)),
        halves=HALVES,
        replicates=REPLICATES,
    )


def _candidates(plan: Plan, judges: Judges) -> int:
    """Return how many captions a picture can be asked to choose among, 0 where there are not two."""
    choice = min(CANDIDATES, len(plan.texts) - max(map(len, plan.other_texts)))
    return choice if judges.matcher is not None and choice > 1 else 0
