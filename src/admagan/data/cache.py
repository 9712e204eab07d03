"""All pictures of a data set decoded once, in the training size, as one memory-mapped file.

A cache is a folder with `images.npy`, uint8 (N,S,S,3), and `index.json`, which says for each row what it was
made of. A file whose size and modification time are as the index says is taken as unchanged; any other is read,
and decoded if its content is new. So adding pictures or touching files costs little, and nothing stale is used.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from filelock import FileLock
from pydantic import ValidationError

from admagan.data.augment import Box, Pixels, fit_image
from admagan.data.images import decode_image, read_image
from admagan.data.manifest import Entry, Manifest
from admagan.data.parallel import ordered_map
from admagan.errors import InputError
from admagan.files import clear_left_overs, written_aside
from admagan.progress import track
from admagan.schema.base import Strict
from admagan.schema.data import DataSettings

FOLDER = ".admagan-cache"

Key = tuple[str, Box | None]
"""What a record asks for: file name and box."""


class Row(NamedTuple):
    """What one row of a cache was made of."""

    file_name: str
    bbox: Box | None
    bytes: int
    mtime_ns: int
    sha256: str


class Index(Strict):
    """Content of index.json."""

    format: Literal[1] = 1
    rows: list[Row]


@dataclass(frozen=True)
class ImageCache:
    """Pictures in one size, and where each of them is."""

    images: Pixels
    """uint8 (N,S,S,3), mapped from disk: only what is looked at is read."""
    rows: list[Row]
    """What each of the N was made of."""
    settings: DataSettings

    @classmethod
    def build(
        cls,
        manifest: Manifest,
        size: int,
        settings: DataSettings | None = None,
        root: Path | None = None,
        workers: int | None = None,
    ) -> Self:
        """Return the cache of all pictures of `manifest`, built or brought up to date where needed.

        Several processes may call it at once: one builds, the others wait for it. Killed at any moment, it
        leaves the previous cache or none, never a part of one.

        Args:
            manifest: The whole data set; its splits find their pictures in the same cache.
            size: Training size in pixels; the margin for random crops comes on top.
            settings: How pictures are made square.
            root: Folder for the caches of this data set; unset: what `cache_root` says.
            workers: Threads; unset: one per core.

        Raises:
            InputError: A picture cannot be used (metadata file and line), or `root` cannot be written.
        """
        settings = settings or DataSettings()
        root = cache_root(manifest.root) if root is None else Path(root)
        side = settings.cached_size(size)
        folder = root / _name(side, settings)
        with _locked(root):
            clear_left_overs(root)
            cache = cls._open(folder, side, settings)
            wanted = {_key(entry, settings): entry for entry in manifest.entries}
            if not all(cache._holds(key, entry.path) for key, entry in wanted.items()):
                made = cache._made(manifest.file, wanted, workers)
                _write(folder, (len(wanted), side, side, 3), made)
                cache = cls._open(folder, side, settings)
        return cache

    def rows_of(self, manifest: Manifest) -> npt.NDArray[np.int64]:
        """Return the row of each entry's picture, (N,); `manifest` is what was built or a part of it."""
        return np.array([self._places[_key(entry, self.settings)] for entry in manifest.entries], np.int64)

    def contents_of(self, manifest: Manifest) -> list[str]:
        """Return the SHA-256 of each entry's image file."""
        return [self.rows[row].sha256 for row in self.rows_of(manifest)]

    @classmethod
    def _open(cls, folder: Path, side: int, settings: DataSettings) -> Self:
        """Return the cache in `folder`; an empty one where there is none of this format."""
        try:
            rows = Index.model_validate_json((folder / "index.json").read_bytes()).rows
            images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, ValidationError):
            rows, images = [], np.empty((0, side, side, 3), np.uint8)
        if images.dtype != np.uint8 or images.shape != (len(rows), side, side, 3):
            rows, images = [], np.empty((0, side, side, 3), np.uint8)
        return cls(images, rows, settings)

    @cached_property
    def _places(self) -> dict[Key, int]:
        return {(row.file_name, row.bbox): i for i, row in enumerate(self.rows)}

    @cached_property
    def _contents(self) -> dict[tuple[str, Box | None], int]:
        return {(row.sha256, row.bbox): i for i, row in enumerate(self.rows)}

    def _holds(self, key: Key, path: Path) -> bool:
        """Tell whether there is a row for `key` and the file has not changed since."""
        if key not in self._places:
            return False
        try:
            stat = path.stat()
        except OSError:
            return False
        row = self.rows[self._places[key]]
        return (row.bytes, row.mtime_ns) == (stat.st_size, stat.st_mtime_ns)

    def _made(
        self, file: Path, wanted: dict[Key, Entry], workers: int | None
    ) -> Iterator[tuple[Row, Pixels]]:
        """Yield the rows of the next cache, from this one as far as it goes."""

        def make(key: Key) -> tuple[Row, Pixels]:
            entry = wanted[key]
            if self._holds(key, entry.path):
                place = self._places[key]
                return self.rows[place], self.images[place]
            where = f"{file}:{entry.line}: {entry.record.file_name}"
            hint = f"`admagan data check {file.parent}` finds all such pictures."
            try:
                return self._make(key, entry.path)
            except InputError as error:
                raise InputError(where, error.expected, error.found, error.hint or hint) from error
            except OSError as error:
                raise InputError(where, "an image that can be read", error.strerror, hint) from error

        return ordered_map(make, wanted, workers)

    def _make(self, key: Key, path: Path) -> tuple[Row, Pixels]:
        """Return a row from a new or changed file; its content may be known all the same."""
        stat = path.stat()  # before reading: a change in between is then noticed the next time
        data = read_image(path)
        row = Row(*key, stat.st_size, stat.st_mtime_ns, hashlib.sha256(data).hexdigest())
        place = self._contents.get((row.sha256, row.bbox))
        if place is not None:
            return row, self.images[place]
        picture = decode_image(data, str(path)).rgb
        return row, fit_image(picture, self.images.shape[1], self.settings, row.bbox)


def cache_root(data: Path) -> Path:
    """Return the folder for caches of the data set in `data`: inside it, or if it is read-only in the user's.

    That is `$XDG_CACHE_HOME/admagan` or `~/.cache/admagan`, with a folder named after the place of the data.
    """
    data = data.resolve()
    # Root may write anywhere, but should not where nobody was meant to.
    if os.access(data, os.W_OK) and data.stat().st_mode & 0o222:
        return data / FOLDER
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "admagan" / f"{data.name}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Make `root` and keep other processes out; the operating system frees the lock of a killed one."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / "lock")
        lock.acquire()
    except OSError as error:
        hint = "Name another folder for the cache."
        raise InputError(str(root), "a folder that can be written", error.strerror or error, hint) from error
    try:
        yield
    finally:
        lock.release()


def _name(side: int, settings: DataSettings) -> str:
    """Return a folder name that says all that the pixels depend on, such as 76-crop."""
    fit = f"pad-{settings.padding}" if settings.fit == "pad" else settings.fit
    return f"{side}-{fit}" + ("" if settings.bbox else "-whole")


def _key(entry: Entry, settings: DataSettings) -> Key:
    return entry.record.file_name, entry.record.bbox if settings.bbox else None


def _write(folder: Path, shape: tuple[int, ...], made: Iterator[tuple[Row, Pixels]]) -> None:
    """Write a cache beside `folder`, then give it this name."""
    with written_aside(folder) as aside:
        aside.mkdir()
        rows = []
        with (aside / "images.npy").open("wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            for row, pixels in track(made, f"pictures at {shape[1]} px", shape[0]):
                rows.append(row)
                file.write(pixels.tobytes())
        (aside / "index.json").write_bytes(Index(rows=rows).model_dump_json().encode())
