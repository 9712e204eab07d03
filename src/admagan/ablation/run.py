"""One run: trained as by `admagan train`, measured as by `admagan evaluate`, and put on record."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admagan.ablation.folder import AblationFolder
from admagan.ablation.plan import Run
from admagan.ablation.strips import draw_strip
from admagan.errors import InputError
from admagan.evaluation.protocol import Request as Evaluation
from admagan.evaluation.protocol import evaluate
from admagan.files import written_aside
from admagan.runtime.generate import save_picture
from admagan.runtime.pipeline import AdmaGAN
from admagan.schema.ablation import RunRecord
from admagan.schema.settings import Settings
from admagan.training.distributed import Processes
from admagan.training.folder import RunFolder
from admagan.training.run import Request, run
from admagan.training.state import latest_progress

TEXT_SECTIONS = ("data", "bank", "text", "text_training", "tagger")


@dataclass(frozen=True)
class Work:
    """What all runs have in common."""

    data: Path
    folder: AblationFolder
    evaluation: Evaluation
    processes: Processes


def carry_out(work: Work, one: Run, others: Sequence[Run]) -> RunRecord:
    """Train a run, or train it on from where it stopped; evaluate it; write its record last.

    Args:
        work: Data that has been checked, place, and how to evaluate.
        one: The run.
        others: Whose data and text stages it takes over, where they are made of the same.

    Raises:
        Interrupted: A signal asked to stop; the state of training is saved.
    """
    training = work.folder.training(one)
    for other in others:
        if _text_inputs(other.settings) == _text_inputs(one.settings):
            _take_over(work.folder.training(other), training)
    run(Request(work.data, training, one.settings, checked=True), work.processes)
    progress = latest_progress(training.states)
    if progress is None:
        raise InputError(str(training.states), "the state of finished training", "none")
    began = time.monotonic()
    model = AdmaGAN.load(str(training.model))
    evaluate(model, work.data, work.folder.report(one), work.evaluation)
    picture, captions = draw_strip(model, work.data, work.evaluation)
    save_picture(picture, work.folder.strip(one), "PNG")
    record = RunRecord(
        arm=one.arm,
        settings=one.settings,
        images=progress.images,
        seconds=progress.seconds,
        setbacks=progress.setbacks,
        evaluation_seconds=time.monotonic() - began,
        captions=captions,
    )
    record.write(work.folder.record(one))
    return record


def _text_inputs(settings: Settings) -> dict[str, Any]:
    """Return what decides whether two runs can have the same text encoder and tagger."""
    sections = {name: getattr(settings, name) for name in TEXT_SECTIONS}
    return sections | {"size": settings.generator.size, "seed": settings.train.seed}


def _take_over(source: RunFolder, target: RunFolder) -> None:
    """Copy what `source` has of the stages before the GAN; each stage still looks at its inputs itself."""
    for there, here in (
        (source.data, target.data),
        (source.text, target.text),
        (source.tagger, target.tagger),
    ):
        if there.is_dir() and not here.exists():
            with written_aside(here) as aside:
                shutil.copytree(there, aside)
