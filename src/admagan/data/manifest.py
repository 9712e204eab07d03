"""The records of a data set folder, validated, with their lines, image paths and splits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from admagan.data.metadata import find_metadata, read_rows
from admagan.errors import InputError
from admagan.schema.records import Record, Split

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
HELD_OUT_SHARE = 0.05
"""Of the records, for validation and for test each, where the data set does not say."""


@dataclass(frozen=True)
class Entry:
    """One record and where it stands."""

    record: Record
    line: int
    """Of the metadata file, counted from 1."""
    path: Path
    """The image: absolute, below the data set folder; `read_manifest` does not look whether it is there."""


@dataclass(frozen=True)
class Manifest:
    """A data set: its folder, its metadata file, and its records in the order of the file."""

    root: Path
    file: Path
    entries: tuple[Entry, ...]

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """The split of each entry.

        A record's own split, else `split_of`. Where records name splits but none names validation, the share
        of train that the same hash picks is validation; so adding records never moves another.
        """
        named = {entry.record.split for entry in self.entries} - {None}
        carve = bool(named) and "validation" not in named
        return tuple(_carved(entry.record) if carve else split_of(entry.record) for entry in self.entries)

    def split(self, name: Split) -> Manifest:
        """Return the same data set with only the entries of one split."""
        kept = (entry for entry, split in zip(self.entries, self.splits, strict=True) if split == name)
        return replace(self, entries=tuple(kept))

    def fingerprint(self) -> str:
        """Return the hexadecimal SHA-256 over all records, in order, each as canonical JSON."""
        digest = hashlib.sha256()
        for entry in self.entries:
            value = entry.record.model_dump(mode="json")
            digest.update(json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n")
        return digest.hexdigest()


def read_manifest(root: Path) -> Manifest:
    """Read `root`/metadata.jsonl, or metadata.csv where there is none.

    Raises `InputError` at file and line for the first bad record: broken JSON, unknown field, wrong type, a
    path that leaves the folder, an id given twice; or for a file without records. The images themselves are
    the matter of `data check`.
    """
    root = Path(root).absolute()
    file = find_metadata(root)
    entries: list[Entry] = []
    lines: dict[str, int] = {}
    for row in read_rows(file):
        if isinstance(row.content, InputError):
            raise row.content
        first = lines.setdefault(row.content.key, row.line)
        if first != row.line:
            raise repeated_key(file, row.line, row.content, first)
        entries.append(Entry(row.content, row.line, root / row.content.file_name))
    if not entries:
        raise InputError(str(file), "at least one record", "none", "Write one line per image.")
    return Manifest(root, file, tuple(entries))


def repeated_key(file: Path, line: int, record: Record, first: int) -> InputError:
    """Return the error for a record whose key an earlier line has."""
    return InputError(
        f"{file}:{line}: {'file_name' if record.id is None else 'id'}",
        "a name that no other record has",
        f"{record.key!r}, as in line {first}",
        "Put several captions of one image into one record, as a list in `text`.",
    )


def split_of(record: Record) -> Split:
    """Return the split a record names, else the one that a hash of its picture's name picks (90 % train): all records
    of a picture are in one."""
    return record.split or _hashed_split(record.file_name)


def captions_of(record: Record) -> list[str]:
    """Return the captions to train with: those that are not blank, else one made of the tags, else none."""
    captions = [caption.strip() for caption in record.text if caption.strip()]
    values = [value for _, value in stated_tags(record)]
    return captions or ([", ".join(values)] if values else [])


def stated_tags(record: Record) -> Iterator[tuple[str, str]]:
    """Yield group and value of each tag that is not blank, in the order given; the group of a list is ""."""
    tags = record.tags or []
    for group, values in tags.items() if isinstance(tags, dict) else [("", tags)]:
        for value in [values] if isinstance(values, str) else values:
            if value.strip():
                yield group.strip(), value.strip()


def _carved(record: Record) -> Split:
    split = split_of(record)
    carved = split == "train" and _hashed_split(record.file_name) == "validation"
    return "validation" if carved else split


def _hashed_split(name: str) -> Split:
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
    if place < HELD_OUT_SHARE:
        return "test"
    return "validation" if place < 2 * HELD_OUT_SHARE else "train"
