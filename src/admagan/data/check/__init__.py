"""`admagan data check`: everything that is wrong with a data set, with file, line, severity and mend.

A check is a function `Subject -> findings`; to add one, write it and name it in `CHECKS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from admagan.data.check import duplicates, lines, pictures
from admagan.data.check.findings import SEVERITIES, Finding, Report, Severity
from admagan.data.check.fix import write_fixed
from admagan.data.check.subject import Subject, read_subject
from admagan.data.manifest import SPLITS
from admagan.progress import console

__all__ = ["CHECKS", "Finding", "Report", "Severity", "check_data_set", "require_trainable"]

Check = Callable[[Subject], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    lines.broken_lines,
    lines.unknown_fields,
    lines.repeated_keys,
    pictures.unusable_pictures,
    lines.captions,
    lines.constant_captions,
    lines.constant_tags,
    lines.tag_spellings,
    lines.sample_counts,
    duplicates.same_pictures,
    duplicates.alike_pictures,
    pictures.picture_traits,
    pictures.unnamed_images,
    lines.second_metadata_file,
)


BEFORE_TRAINING = tuple(
    check for check in CHECKS if check not in (duplicates.same_pictures, duplicates.alike_pictures)
)
"""Those that can find errors: what is only worth knowing may take hours of a large set."""


def check_data_set(root: Path, fix: Path | None = None, checks: Iterable[Check] = CHECKS) -> Report:
    """Read every line and picture of the data set folder `root`; report what is wrong or worth knowing.

    Damage becomes findings; `InputError` is raised only where there is no metadata file that can be read.
    With `fix`, a cleaned copy of the metadata is written there, without the records whose findings say `drop`;
    nothing else is ever written.
    """
    subject = read_subject(root)
    found = [finding for check in checks for finding in check(subject)]
    found.sort(key=lambda f: (SEVERITIES.index(f.severity), f.check, f.line or 0))
    if fix is not None:
        write_fixed(subject, found, fix)
    sizes = Counter(subject.manifest.splits)
    splits: dict[str, int] = {split: sizes[split] for split in SPLITS}
    return Report(subject.root, subject.file, len(subject.manifest), splits, tuple(found))


def require_trainable(root: Path) -> None:
    """Check what training needs of the data set folder `root`; print what else it warns of, a line for each kind.

    Raises:
        InputError: There is an error; the first is named.
    """
    report = check_data_set(root, checks=BEFORE_TRAINING)
    report.require_no_errors()
    warnings = report.warnings_in_short()
    for warning in warnings:
        console.print(f"warning: {warning}", highlight=False, markup=False)
    if warnings:
        console.print(f"`admagan data check {root}` says more.", highlight=False, markup=False)
