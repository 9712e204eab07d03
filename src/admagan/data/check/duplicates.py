"""Checks for pictures that are there twice, above all in two splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admagan.data.check.findings import Finding
from admagan.data.check.subject import THUMBNAIL, Picture, Subject
from admagan.data.manifest import SPLITS
from admagan.schema.base import shorten
from admagan.schema.records import Record, Split

MOST_BITS = 8
"""Of 64 bits of the perceptual hash that may differ between near-duplicates."""
MOST_LEVELS = 12
"""Of 255 that a pixel of the thumbnail may differ: saving again stays below, another detail does not."""
ROWS, PAIRS = 256, 20_000
"""Pictures, and pairs of thumbnails, that are compared at once: bounds the memory."""


class Place(NamedTuple):
    """A record whose picture can be read."""

    record: Record
    line: int
    split: Split
    picture: Picture


def same_pictures(subject: Subject) -> Iterator[Finding]:
    """Images with the same content: of each lot the first in the split furthest from training is kept."""
    lots: dict[bytes, list[Place]] = defaultdict(list)
    for place in _places(subject):
        lots[place.picture.sha256].append(place)
    for lot in lots.values():
        kept = max(lot, key=lambda place: SPLITS.index(place.split))
        for place in lot:
            if place.split != kept.split:
                yield _overlap(subject, place, kept, exact=True)
            # Several boxes of one picture are meant; a name given twice is a finding of its own.
            elif place.record.key != kept.record.key and place.record.bbox == kept.record.bbox:
                more = "" if place.record.tags == kept.record.tags else ", with other tags"
                message = f"{shorten(place.record.file_name)} is the same picture as line {kept.line}{more}"
                mend = "Keep one of them; `--fix` keeps the first."
                yield Finding(
                    "image-repeated", "warning", subject.file.name, place.line, message, mend, drop=True
                )


def alike_pictures(subject: Subject) -> Iterator[Finding]:
    """Images that look the same although their files differ: saved again, resized, hardly changed."""
    firsts: dict[bytes, Place] = {}
    for place in _places(subject):
        firsts.setdefault(place.picture.sha256, place)
    places = list(firsts.values())
    if not places:
        return
    for first, second in near_pairs(np.stack([place.picture.thumbnail for place in places])):
        a, b = places[first], places[second]
        if a.split != b.split:
            out, kept = sorted((a, b), key=lambda place: SPLITS.index(place.split))
            yield _overlap(subject, out, kept, exact=False)
        else:
            message = f"{shorten(b.record.file_name)} looks the same as line {a.line}"
            mend = "Look at both, and remove one unless they are meant."
            yield Finding("image-alike", "note", subject.file.name, b.line, message, mend)


def near_pairs(thumbnails: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    """Yield i < j of thumbnails (N, 16, 16, 3) that look the same; of each j only the first such i.

    Candidates differ in few bits of a perceptual hash; of these count the ones where no pixel differs much. All
    pairs are compared, in blocks; the time grows with the square of N: some 30 s for 100,000.
    """
    hashes = perceptual_hashes(thumbnails)
    levels = thumbnails.reshape(len(thumbnails), -1).astype(np.int16)
    probes = _telling_levels(levels)
    seen = np.zeros(len(hashes), dtype=bool)
    for start in range(0, len(hashes), ROWS):
        bits = np.bitwise_count(hashes[start : start + ROWS, None] ^ hashes[None, start:])
        first, second = np.nonzero(np.triu(bits <= MOST_BITS, k=1))
        for part in range(0, len(first), PAIRS):
            i, j = first[part : part + PAIRS] + start, second[part : part + PAIRS] + start
            fresh = ~seen[j]
            i, j = i[fresh], j[fresh]
            for probe in probes:
                alike = np.abs(probe[i] - probe[j]) <= MOST_LEVELS
                i, j = i[alike], j[alike]
            alike = np.abs(levels[i] - levels[j]).max(axis=1, initial=0) <= MOST_LEVELS
            for one, two in zip(i[alike].tolist(), j[alike].tolist(), strict=True):
                if not seen[two]:
                    seen[two] = True
                    yield one, two


def _telling_levels(levels: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return (16, N): the levels of places that vary most over (N, 768); these rule out most pairs at once."""
    order = np.argsort(-levels[:: len(levels) // 4096 + 1].std(axis=0))
    return np.ascontiguousarray(levels[:, order[: order.size // 2 : order.size // 32]].T)


def perceptual_hashes(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return (N,) hashes: the 64 lowest cosine frequencies of the grey thumbnails, above the median?."""
    grey = thumbnails.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    frequency, place = np.arange(8), np.arange(THUMBNAIL)
    cosines = np.cos(np.pi * np.outer(frequency, 2 * place + 1) / (2 * THUMBNAIL)).astype(np.float32)
    spectrum = (cosines @ grey @ cosines.T).reshape(len(grey), 64)
    high = spectrum > np.median(spectrum[:, 1:], axis=1, keepdims=True)
    return np.packbits(high, axis=1).view(np.uint64)[:, 0]


def _places(subject: Subject) -> Iterator[Place]:
    manifest = subject.manifest
    for entry, split in zip(manifest.entries, manifest.splits, strict=True):
        picture = subject.pictures[entry.path]
        if isinstance(picture, Picture):
            yield Place(entry.record, entry.line, split, picture)


def _overlap(subject: Subject, out: Place, kept: Place, *, exact: bool) -> Finding:
    """Name the record to leave out: the one nearer to training, so that scores stay honest."""
    verb = "is the same picture as" if exact else "looks the same as"
    message = f"{shorten(out.record.file_name)} ({out.split}) {verb} line {kept.line} ({kept.split})"
    mend = "Scores measured on pictures that were trained on mislead: remove one"
    mend += "; `--fix` leaves out the one in train." if exact else "."
    check = "split-overlap" if exact else "split-overlap-alike"
    return Finding(check, "warning", subject.file.name, out.line, message, mend, drop=exact)
