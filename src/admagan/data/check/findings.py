"""What a check says: findings with place, severity and mend, and the report of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from admagan.errors import InputError

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing."""

    check: str
    """Name of the check, such as `image-missing`; documented in docs/data.md."""
    severity: Severity
    """error: training refuses; warning: model or scores may suffer; note: handled, but worth knowing."""
    file: str
    """The metadata file."""
    line: int | None
    """Its line, from 1; None where the whole data set is meant."""
    message: str
    mend: str
    """What to do about it; the same for all findings of a check."""
    drop: bool = False
    """Whether `--fix` leaves this line out."""


@dataclass(frozen=True)
class Report:
    """All that `check_data_set` found."""

    root: Path
    file: Path
    records: int
    """Lines that can be read."""
    splits: Mapping[str, int]
    """Records of each split."""
    findings: tuple[Finding, ...]
    """Errors first, then by check and line."""

    def count(self, severity: Severity) -> int:
        """Return the number of findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that training refuses on."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def require_no_errors(self) -> None:
        """Raise `InputError` for the first error, if there is any; warnings and notes pass."""
        if not self.errors:
            return
        first, more = self.errors[0], len(self.errors) - 1
        place = f"{self.file}:{first.line}" if first.line else str(self.file)
        others = f" and {more} more" if more else ""
        hint = f"{first.mend} `admagan data check {self.root}` lists everything."
        raise InputError(place, "a data set without errors", f"{first.message}{others}", hint)

    def by_check(self) -> list[list[Finding]]:
        """Return the findings of each check together, in the order that they have here."""
        return [
            list(of_one) for _, of_one in groupby(self.findings, lambda found: (found.severity, found.check))
        ]

    def warnings_in_short(self) -> list[str]:
        """Return a line for each check that warns: its first finding, and how many more there are."""
        lines = []
        for first, *more in self.by_check():
            if first.severity == "warning":
                others = f", and {len(more):,} more of the kind" if more else ""
                lines.append(f"{first.message}{others} ({first.check})")
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return {
            "root": str(self.root),
            "file": str(self.file),
            "records": self.records,
            "splits": dict(self.splits),
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "checks": dict(Counter(finding.check for finding in self.findings)),
            "findings": [asdict(finding) for finding in self.findings],
        }
