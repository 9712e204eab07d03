"""Checks of what the metadata says: lines, names, captions and tags."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from admagan.bank.words import is_unknown, normalise, read_groups
from admagan.data.check.findings import Finding
from admagan.data.check.subject import Subject
from admagan.data.manifest import captions_of, repeated_key, stated_tags
from admagan.data.metadata import CAPTION_FIELDS, NAMES
from admagan.errors import InputError
from admagan.schema.base import shorten
from admagan.schema.records import Record

NEARLY_ALL = 0.95
"""Share of the records from which a tag or a caption says nearly nothing about any of them."""
FEWEST_KNOWN = 20
"""Records below which shares say little."""


def broken_lines(subject: Subject) -> Iterator[Finding]:
    """Lines that are no record: broken JSON, wrong types, paths that leave the folder."""
    for row in subject.rows:
        error = row.content
        if isinstance(error, InputError) and row.record is None:
            field = error.where.removeprefix(f"{subject.file}:{row.line}").lstrip(": ")
            what = f"{field}: " if field else ""
            message = f"{what}expected {error.expected}, found {error.found}"
            hint = f"{error.hint} `--fix` leaves the line out.".lstrip()
            yield Finding("line-broken", "error", subject.file.name, row.line, message, hint, drop=True)


def unknown_fields(subject: Subject) -> Iterator[Finding]:
    """Fields that records do not have."""
    known, captions = ", ".join(Record.model_fields), " or ".join(map(repr, CAPTION_FIELDS))
    hint = f"Known fields: {known}. `--fix` leaves others out, and takes {captions} for a text where there is none."
    for row in subject.rows:
        if row.rest is not None:
            message = f"{', '.join(map(repr, row.unknown))}: expected no such field"
            yield Finding("field-unknown", "error", subject.file.name, row.line, message, hint)


def repeated_keys(subject: Subject) -> Iterator[Finding]:
    """Records whose id, or file name where they have none, an earlier record has."""
    lines: dict[str, int] = {}
    for entry in subject.manifest.entries:
        first = lines.setdefault(entry.record.key, entry.line)
        if first != entry.line:
            error = repeated_key(subject.file, entry.line, entry.record, first)
            message = f"expected {error.expected}, found {error.found}"
            hint = f"{error.hint} `--fix` does."
            yield Finding("name-repeated", "error", subject.file.name, entry.line, message, hint)


def captions(subject: Subject) -> Iterator[Finding]:
    """Records that have nothing to learn from, only tags, or blank captions beside others."""
    file = subject.file.name
    for entry in subject.manifest.entries:
        record = entry.record
        if not captions_of(record):
            mend = "Write a caption or tags; `--fix` leaves the record out."
            yield Finding(
                "caption-none", "error", file, entry.line, "no caption and no tags", mend, drop=True
            )
        elif not any(text.strip() for text in record.text):
            mend = "Write captions: until then the tags serve as one."
            yield Finding("caption-missing", "warning", file, entry.line, "no caption, only tags", mend)
        elif not all(text.strip() for text in record.text):
            mend = "Remove the blank ones; `--fix` does, and training passes over them."
            yield Finding("caption-blank", "warning", file, entry.line, "a blank caption among others", mend)


def constant_captions(subject: Subject) -> Iterator[Finding]:
    """One caption that nearly every record has."""
    entries = subject.manifest.entries
    counts = Counter(text for entry in entries for text in set(entry.record.text) if text.strip())
    for text, count in counts.most_common(1):
        if len(entries) >= FEWEST_KNOWN and count >= NEARLY_ALL * len(entries):
            line = next(entry.line for entry in entries if text in entry.record.text)
            message = f"{shorten(text)} is the caption of {count:,} of {len(entries):,} records"
            mend = "Write captions that tell the pictures apart."
            yield Finding("caption-constant", "warning", subject.file.name, line, message, mend)


def constant_tags(subject: Subject) -> Iterator[Finding]:
    """Tags that all, or nearly all, of the records have whose tags are known."""
    known: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    lines: dict[tuple[str, str], int] = {}
    for entry in subject.manifest.entries:
        groups = _normalised_tags(entry.record)
        known.update(groups.keys())
        for tag in {(group, value) for group, values in groups.items() for value in values}:
            counts[tag] += 1
            lines.setdefault(tag, entry.line)
    for (group, value), count in counts.items():
        of = known[group]
        if of < FEWEST_KNOWN or count < NEARLY_ALL * of:
            continue
        check, share = ("tag-constant", "all") if count == of else ("tag-nearly-constant", f"{count:,} of")
        message = f"tag {shorten(_shown(group, value))} is on {share} {of:,} records"
        mend = "It hardly tells pictures apart: remove it, or add pictures without it."
        yield Finding(check, "warning", subject.file.name, lines[group, value], message, mend)


def tag_spellings(subject: Subject) -> Iterator[Finding]:
    """Tags that are written in several ways."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    lines: dict[str, int] = {}
    for entry in subject.manifest.entries:
        for group, value in stated_tags(entry.record):
            shown = _shown(group, value)
            spellings[_shown(normalise(group), normalise(value))][shown] += 1
            lines.setdefault(shown, entry.line)
    for counts in spellings.values():
        (usual, most), *others = counts.most_common()
        for other, count in others:
            message = f"tag {shorten(other)} ({count:,}) is also written {shorten(usual)} ({most:,})"
            mend = "They count as one attribute; make them alike if you like."
            yield Finding("tag-spelling", "note", subject.file.name, lines[other], message, mend)


def _normalised_tags(record: Record) -> dict[str, set[str]]:
    """Return the known tags of each group; a list is the group ""."""
    if isinstance(record.tags, dict):
        return {group: set(values) for group, values in read_groups(record.tags).items()}
    return {} if record.tags is None else {"": {normalise(tag) for tag in record.tags if not is_unknown(tag)}}


def _shown(group: str, value: str) -> str:
    return f"{group}: {value}" if group else value


def second_metadata_file(subject: Subject) -> Iterator[Finding]:
    """A metadata.csv beside the metadata.jsonl that is read."""
    for name in NAMES:
        if name != subject.file.name and (subject.root / name).is_file():
            mend = f"Remove {name}, or move over what is missing here."
            message = f"{name} is there as well and is not read"
            yield Finding("metadata-twice", "note", subject.file.name, None, message, mend)


def sample_counts(subject: Subject) -> Iterator[Finding]:
    """Splits that are too small to train on or to measure with."""
    usable = {entry.line for entry, _ in subject.readable}
    manifest = subject.manifest
    sizes = Counter(
        split for entry, split in zip(manifest.entries, manifest.splits, strict=True) if entry.line in usable
    )
    file, train, test = subject.file.name, sizes["train"], sizes["test"]
    if train < 2:
        message = f"{train} usable records in the train split"
        yield Finding(
            "train-too-small", "error", file, None, message, "Training needs two at the very least."
        )
    elif train < 500:
        message = f"only {train} usable records in the train split"
        mend = "With fewer than some 500 the model copies them: add pictures."
        yield Finding("train-small", "warning", file, None, message, mend)
    if test < 100:
        message = f"only {test} usable records in the test split"
        mend = "Scores measured on fewer than some 100 say little: add pictures."
        yield Finding("test-small", "warning", file, None, message, mend)
