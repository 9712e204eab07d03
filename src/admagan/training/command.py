"""What `admagan train` does with what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from admagan.errors import InputError
from admagan.export.folder import load_trained
from admagan.progress import console
from admagan.runtime.models import find_model
from admagan.schema.settings import Overrides
from admagan.training.allocator import keep_freed_memory
from admagan.training.distributed import Processes, end_process, started_processes
from admagan.training.dry_run import describe
from admagan.training.fine_tune import require_shapes, shapes_of
from admagan.training.folder import DEFAULT_PRESET, RunFolder
from admagan.training.interrupts import Interrupted
from admagan.training.precision import chosen_precision
from admagan.training.run import LastStage, Request, run


@dataclass(frozen=True)
class Typed:
    """The arguments of `admagan train`; see there."""

    data: Path
    preset: str | None = None
    out: Path | None = None
    config: Sequence[Path] = ()
    overrides: Overrides | None = None
    resume: bool = False
    init: str | Path | None = None
    stage: LastStage | None = None
    device: str = "auto"
    dry_run: bool = False

    @property
    def folder(self) -> RunFolder:
        """The run folder: what `out` says, or one named after data set and preset."""
        name = f"{self.data.resolve().name}-{self.preset or DEFAULT_PRESET}"
        return RunFolder(self.out or Path("runs") / name)


def train(typed: Typed) -> int:
    """Resolve and show the settings, then train, or with `dry_run` say what would be; return the exit status."""
    keep_freed_memory()
    with started_processes(typed.device) as processes:
        status = _train(typed, processes)
    if processes.world > 1:
        end_process(status)
    return status


def _train(typed: Typed, processes: Processes) -> int:
    folder = typed.folder
    init = find_model(typed.init) if typed.init else None
    origin = init or folder.kept_start  # where nothing is typed, a run that goes on knows
    start = load_trained(origin) if origin else None
    shapes = shapes_of(start) if start else {}
    settings = folder.resolved(typed.preset, typed.config, typed.overrides or {}, shapes, typed.resume)
    if start is not None:
        require_shapes(start, settings, str(origin))
    console.print(
        f"[bold]settings of {escape(str(folder.path))}[/]\n{escape(settings.to_yaml())}", highlight=False
    )
    if typed.dry_run:
        if processes.world > 1:
            raise InputError("--dry-run", "one process", processes.world, "Leave torchrun out.")
        print(describe(typed.data, settings, processes))
        return 0
    precision = chosen_precision(processes.device, settings.train.precision)
    console.print(f"on {processes.world} x {processes.device}, in {precision}", highlight=False)
    request = Request(typed.data, folder, settings, typed.stage, init)
    try:
        run(request, processes)
    except Interrupted as stop:
        console.print(
            f"[bold]{stop}:[/] the state is saved, and the same command goes on from it. "
            "With --stage model it makes a model folder of what there is.",
            highlight=False,
        )
        return stop.exit_status
    return 0
