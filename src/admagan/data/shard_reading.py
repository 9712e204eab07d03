"""Samples out of shards: front to back for training, one by one for looking at some."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import NamedTuple, cast

from admagan.data.augment import Pixels, fit_image
from admagan.data.images import decode_image, read_image
from admagan.data.manifest import SPLITS, Manifest
from admagan.data.shards import ANEW, SUFFIXES, Shard, has_shards, read_shard_index
from admagan.errors import InputError
from admagan.schema.data import DataSettings
from admagan.schema.records import Record


class Stored(NamedTuple):
    """A sample as it lies in a shard, not decoded yet."""

    place: int
    """In its split."""
    where: str
    """Shard and member, for messages."""
    picture: bytes
    record: bytes

    def pixels(self, side: int, settings: DataSettings) -> Pixels:
        """Return the picture as uint8 (side, side, 3)."""
        try:
            value = json.loads(self.record)
        except ValueError as error:
            raise InputError(self.where, "an undamaged record", error, ANEW) from error
        record = Record.parse(value, self.where)
        return fit_image(decode_image(self.picture, self.where).rgb, side, settings, record.bbox)


def read_in_order(root: Path, shards: Iterable[Shard]) -> Iterator[Stored]:
    """Yield all samples of `shards` in `root`, as they come; `InputError` names a damaged shard."""
    # Imported here, because it brings torch along.
    from webdataset.tariterators import group_by_keys, tar_file_expander

    for shard in shards:
        path = root / shard.file
        # Opened here: from a name, webdataset would also take commands to run.
        with _damage_named(path), path.open("rb") as file:
            source = [{"url": str(path), "stream": file}]
            for sample in group_by_keys(tar_file_expander(source, select_files=_wanted)):
                yield _stored(sample, path)


class ShardFiles:
    """The samples of one split, by their places; the shards are looked through once, at the first use."""

    def __init__(self, root: Path, shards: Iterable[Shard]) -> None:
        self.root = root
        self.shards = tuple(shards)
        self._looking = Lock()

    def read(self, place: int) -> Stored:
        """Return one sample; `InputError` names the shard if it is damaged."""
        with self._looking:  # many threads may ask at once, and one look is enough
            path, members = self._members[place]
        with _damage_named(path), path.open("rb") as file:
            sample: dict[str, str | bytes] = {"__key__": f"{place:09d}"}
            for suffix, (offset, size) in members.items():
                file.seek(offset)
                sample[suffix] = file.read(size)
            return _stored(sample, path)

    @cached_property
    def _members(self) -> dict[int, tuple[Path, dict[str, tuple[int, int]]]]:
        """Place -> shard, and suffix -> first byte and size."""
        members: dict[int, tuple[Path, dict[str, tuple[int, int]]]] = {}
        for shard in self.shards:
            path = self.root / shard.file
            with _damage_named(path), tarfile.open(path, "r:") as tar:
                for member in tar:
                    if member.isreg() and _wanted(member.name):
                        key, suffix = member.name.split(".")
                        suffixes = members.setdefault(int(key), (path, {}))[1]
                        suffixes[suffix] = (member.offset_data, member.size)
        return members


def picture_source(manifest: Manifest) -> Callable[[Path], bytes]:
    """Return what gives the content of the image file at an entry's path, also where shards hold it.

    Raises:
        InputError: The shards are not those of the records, or damaged.
    """
    if not has_shards(manifest.root):
        return read_image
    index = read_shard_index(manifest)
    places: dict[Path, tuple[ShardFiles, int]] = {}
    for split in SPLITS:
        files = ShardFiles(manifest.root, index.of(split))
        places |= {entry.path: (files, i) for i, entry in enumerate(manifest.split(split).entries)}

    def read(path: Path) -> bytes:
        files, place = places[path]
        return files.read(place).picture

    return read


def _wanted(name: str) -> bool:
    return name.endswith((".json", *(f".{suffix}" for suffix in SUFFIXES.values())))


def _stored(sample: Mapping[str, str | bytes], path: Path) -> Stored:
    key = str(sample["__key__"])
    suffix = next((suffix for suffix in SUFFIXES.values() if suffix in sample), None)
    if suffix is None or "json" not in sample:
        raise InputError(f"{path}: {key}", "a picture and a record", ", ".join(sorted(sample)))
    picture, record = cast(bytes, sample[suffix]), cast(bytes, sample["json"])
    return Stored(int(key), f"{path}: {key}.{suffix}", picture, record)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn whatever reading a damaged tar file raises into an `InputError` that names it."""
    try:
        yield
    except InputError:
        raise
    except (tarfile.TarError, OSError, ValueError, EOFError, KeyError) as error:
        found = str(error.args[0] if error.args else error)
        raise InputError(str(path), "an undamaged tar file", found, ANEW) from error
