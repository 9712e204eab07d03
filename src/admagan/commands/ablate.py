"""The command that compares ways to train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from admagan.commands import Flag, Repeated
from admagan.errors import needs
from admagan.schema.whole import Whole

if TYPE_CHECKING:
    SettingsOptions = Any
else:
    from admagan.commands.overrides import SettingsOptions


def ablate(
    data: Path,
    *,
    preset: str | None = None,
    out: Path,
    questions: str | None = None,
    seeds: str = "3",
    config: Annotated[list[Path] | None, Parameter(negative_iterable=())] = None,
    split: Literal["train", "validation", "test"] = "test",
    samples: Whole = 5_000,
    features: Repeated = None,
    device: str = "auto",
    dry_run: Flag = False,
    settings: Annotated[SettingsOptions | None, Parameter(name="*", consume_multiple=True)] = None,
) -> None:
    """Train and measure a model for each answer to the paper's questions; again, to go on where it stopped.

    Args:
        data: The data set folder.
        preset: Where the settings start, as for `admagan train`; unset: cpu-64. Its budget is that of each run.
        out: The folder for runs, results, tables and the page.
        questions: Names with commas between, of memory, initialisation, alignment, classification, schedule, baseline,
            recipe and parts; unset: all. More may be asked later in the same folder.
        seeds: How many, or which, with commas between (0,1,2). More may be added later.
        config: A YAML file with settings, over the preset; may be given several times.
        split: Where captions and real pictures of the evaluations are from.
        samples: Pictures to make for each evaluation, of each kind.
        features: A further feature network: inception. May be repeated.
        device: auto, cpu or cuda.
        dry_run: Say what would be trained, and how long that would take; write nothing.
        settings: Any setting, over preset and files; holds for every run.
    """
    from admagan.commands.overrides import given

    with needs("train", "training"):
        from admagan.ablation.command import Typed
        from admagan.ablation.command import ablate as run
        from admagan.ablation.plan import Given
        from admagan.evaluation.protocol import Request
    typed = given(settings) if settings is not None else {}
    evaluation = Request(split, samples, features=tuple(features or ()))
    asked = Typed(
        data, out, Given(preset, config or [], typed), questions, seeds, evaluation, device, dry_run
    )
    sys.exit(run(asked))
