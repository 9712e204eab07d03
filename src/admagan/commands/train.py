"""The command that trains a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from admagan.commands import Flag
from admagan.errors import needs

if TYPE_CHECKING:
    SettingsOptions = Any
else:
    from admagan.commands.overrides import SettingsOptions


def train(
    data: Path,
    *,
    preset: str | None = None,
    out: Path | None = None,
    config: Annotated[list[Path] | None, Parameter(negative_iterable=())] = None,
    resume: Flag = False,
    init: str | None = None,
    stage: Literal["data", "text", "tagger", "gan", "model"] | None = None,
    device: str = "auto",
    dry_run: Flag = False,
    settings: Annotated[SettingsOptions | None, Parameter(name="*", consume_multiple=True)] = None,
) -> None:
    """Make a model from a folder of captioned pictures. The same command again goes on where it stopped.

    Args:
        data: The data set folder, with metadata.jsonl or metadata.csv in it.
        preset: Where the settings start: smoke, cpu-64, cpu-128, cub-256, coco-256, dfgan-64, dfgan-256,
            reference-64, reference-cub-256 or reference-coco-256. Unset: those of the run folder, else cpu-64.
        out: The run folder; unset: runs/DATA-PRESET. The model folder will be in it, as `model`.
        config: A YAML file with settings, over the preset; may be given several times.
        resume: Fail if there is nothing to go on with, instead of beginning.
        init: A model to begin from, instead of untrained networks: a model folder, the name of a bundled model, or a
            Hub id (user/name).
        stage: Stop after this stage. `model` makes a model folder of the last state, without further training.
        device: auto, cpu or cuda.
        dry_run: Check data and settings, build the networks and time a few steps; write nothing.
        settings: Any setting, over preset and files.
    """
    from admagan.commands.overrides import given

    with needs("train", "training"):
        from admagan.training.command import Typed
        from admagan.training.command import train as run
    overrides = given(settings) if settings is not None else {}
    sys.exit(run(Typed(data, preset, out, config or [], overrides, resume, init, stage, device, dry_run)))
