"""What the checks look at: every line, every record and every picture of a data set, read once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from admagan.data.images import decode_image, read_image
from admagan.data.manifest import Entry, Manifest
from admagan.data.metadata import Row, find_metadata, read_rows
from admagan.data.shard_reading import picture_source
from admagan.errors import InputError
from admagan.progress import track

THUMBNAIL = 16
"""Side of the thumbnails that near-duplicates are told by."""
MOST_THREADS = 16


@dataclass(frozen=True)
class Picture:
    """What an image file that can be read is like."""

    sha256: bytes
    format: str
    mode: str
    size: tuple[int, int]
    """Upright."""
    sixteen_bit: bool
    orientation: int
    transparent: bool
    frames: int
    inside: bool
    """Whether it still lies in the data set folder once links are followed."""
    thumbnail: NDArray[np.uint8]
    """(16, 16, 3)."""
    spread: int
    """Largest range of any colour channel; 0: one flat colour."""


@dataclass(frozen=True)
class Subject:
    """A data set, read completely."""

    root: Path
    file: Path
    rows: tuple[Row, ...]
    """All lines that are not blank, broken ones included."""
    pictures: dict[Path, Picture | InputError]
    """What was read from each image path that records name."""

    @cached_property
    def manifest(self) -> Manifest:
        """The records that can be read, also those with unknown fields, or whose key an earlier one has."""
        entries = (
            Entry(row.record, row.line, self.root / row.record.file_name)
            for row in self.rows
            if row.record is not None
        )
        return Manifest(self.root, self.file, tuple(entries))

    @cached_property
    def readable(self) -> list[tuple[Entry, Picture]]:
        """The records whose picture can be read, with it."""
        pairs = ((entry, self.pictures[entry.path]) for entry in self.manifest.entries)
        return [(entry, picture) for entry, picture in pairs if isinstance(picture, Picture)]

    @cached_property
    def files(self) -> set[str]:
        """All files below the folder, hidden ones left out, relative to it with forward slashes."""
        names: set[str] = set()
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = Path(folder).relative_to(self.root)
            names.update((below / name).as_posix() for name in files if not name.startswith("."))
        return names


def read_subject(root: Path) -> Subject:
    """Read metadata and pictures of a data set folder; raises only where there is no metadata at all."""
    root = Path(root).absolute()
    file = find_metadata(root)
    subject = Subject(root, file, tuple(read_rows(file)), {})
    paths = list(dict.fromkeys(entry.path for entry in subject.manifest.entries))
    inside = root.resolve()
    content = picture_source(subject.manifest)
    # Threads: decoding and hashing let go of the interpreter, and nothing has to be sent between processes.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS)) as pool:
        read = pool.map(lambda path: inspect_picture(path, inside, content), paths)
        subject.pictures.update(zip(paths, track(read, "reading pictures", total=len(paths)), strict=True))
    return subject


def inspect_picture(
    path: Path, root: Path, content: Callable[[Path], bytes] = read_image
) -> Picture | InputError:
    """Read and decode one image; return what it is like, or the error that says why it cannot be used."""
    try:
        data = content(path)
        decoded = decode_image(data, str(path))
    except InputError as error:
        return error
    bounds = cast(tuple[tuple[int, int], ...], decoded.rgb.getextrema())
    return Picture(
        hashlib.sha256(data).digest(),
        decoded.format,
        decoded.mode,
        decoded.rgb.size,
        decoded.sixteen_bit,
        decoded.orientation,
        decoded.transparent,
        decoded.frames,
        path.resolve().is_relative_to(root),
        np.asarray(decoded.rgb.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)),
        max(high - low for low, high in bounds),
    )
