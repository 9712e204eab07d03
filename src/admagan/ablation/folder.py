"""The folder of an ablation: what lies where, and that nothing in it changes its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admagan.ablation.plan import Run
from admagan.errors import InputError
from admagan.evaluation.report import read_report
from admagan.schema.ablation import AblationCard, RunRecord
from admagan.schema.base import Strict, field_differences, shorten
from admagan.schema.report import Report
from admagan.schema.settings import Settings
from admagan.training.folder import RunFolder

CARD = "conditions.json"
OTHER_PROTOCOL = (
    "Was the data changed, its cache removed, or admagan renewed since? Runs whose results/RUN.json is removed are "
    "evaluated anew, without training."
)


@dataclass(frozen=True)
class Finished:
    """A run with everything that is drawn of it."""

    run: Run
    record: RunRecord
    report: Report
    strip: Path
    """Picture of the same captions for every run."""

    def changed(self, base: Settings) -> dict[str, Any]:
        """Return "section.field" -> value of all that differs from the settings as they were given."""
        return {name: value for name, (_, value) in field_differences(base, self.record.settings).items()}


@dataclass(frozen=True)
class AblationFolder:
    """Paths below the folder."""

    path: Path

    def training(self, run: Run) -> RunFolder:
        """Return the run folder, as `admagan train` has it."""
        return RunFolder(self.path / "runs" / run.name)

    def report(self, run: Run) -> Path:
        """Return the report folder of the evaluation, as `admagan evaluate` has it."""
        return self.path / "results" / run.name

    def strip(self, run: Run) -> Path:
        """Return the picture of its samples."""
        return self.path / "results" / f"{run.name}.png"

    def record(self, run: Run) -> Path:
        """Return the record, which is written last: where it is, the run is done."""
        return self.path / "results" / f"{run.name}.json"

    def begin(self, card: AblationCard) -> None:
        """Write the card, where there is none.

        Raises:
            InputError: The folder holds something else, or was begun under other conditions.
        """
        file = self.path / CARD
        if file.is_file():
            _require_same(self.path, AblationCard.read(file), card)
            return
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise InputError("--out", "a new or empty folder, or an earlier ablation", self.path)
        card.write(file)

    def finished(self, runs: Sequence[Run]) -> list[Finished]:
        """Return those of `runs` that are done, and whose picture nobody has removed.

        Raises:
            InputError: A run was done with other settings, or its figures under another protocol than the first's.
        """
        done = []
        for run in runs:
            if not (self.record(run).is_file() and self.strip(run).is_file()):
                continue
            record = RunRecord.read(self.record(run))
            _require_same(self.record(run), record.settings, run.settings)
            done.append(Finished(run, record, read_report(self.report(run)), self.strip(run)))
        for one in done[1:]:
            where = self.report(one.run)
            _require_same(where, done[0].report.protocol, one.report.protocol, OTHER_PROTOCOL)
        return done


def _require_same(where: Path, old: Strict, new: Strict, hint: str = "") -> None:
    changed = field_differences(old, new)
    if changed:
        listed = "; ".join(
            f"{name} was {shorten(before, 40)}, is {shorten(after, 40)}"
            for name, (before, after) in changed.items()
        )
        hint = hint or "Take those back, or another --out."
        raise InputError(str(where), "the conditions that it was begun under", listed, hint)
