"""A data set as WebDataset shards: tar files that are read front to back, for sets too large for a cache.

The folder of shards holds `metadata.jsonl` with all records, each with its split, and `shards.json`, which lists
the tar files. In these a sample is its place in its split as the name, `.json` with the record, and the picture
as `.jpg`, `.png` or `.webp`. Nothing in them is ever executed: no pickles are written, and none are read.
"""

from __future__ import annotations

import io
import json
import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, Literal, cast

import numpy as np
import numpy.typing as npt
from pydantic import Field, PositiveInt

from admagan.data.augment import permutation
from admagan.data.images import decode_image, read_image
from admagan.data.manifest import SPLITS, Entry, Manifest
from admagan.data.parallel import ordered_map
from admagan.errors import InputError, missing_extra
from admagan.files import require_new, sha256, write_json, written_aside
from admagan.progress import track
from admagan.schema.bank import ATTRIBUTES
from admagan.schema.base import Strict
from admagan.schema.records import Split

INDEX = "shards.json"
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""Pictures of these formats are stored as they are, others as PNG."""
ANEW = "Write the shards anew with `admagan data shard`."
"""What to do with damaged ones."""


class Shard(Strict):
    """One tar file."""

    file: Annotated[str, Field(pattern=r"^[a-z]+-\d{6,}\.tar$")]
    """Its name in the folder."""
    split: Split
    samples: PositiveInt
    bytes: PositiveInt
    sha256: str


class ShardIndex(Strict):
    """Content of shards.json."""

    format: Literal[1] = 1
    records: str
    """Fingerprint of the records in metadata.jsonl, which the places in the tar files refer to."""
    shards: tuple[Shard, ...]

    def of(self, split: Split) -> list[Shard]:
        """Return the shards of one split."""
        return [shard for shard in self.shards if shard.split == split]

    def rows_of(self, manifest: Manifest) -> npt.NDArray[np.int64]:
        """Return the place of each entry of one split, (N,): as `ImageCache.rows_of`."""
        return np.arange(len(manifest))

    def contents_of(self, manifest: Manifest) -> list[str]:  # noqa: ARG002 (as of a cache)
        """Return the SHA-256 of every shard; those of its `manifest` are among them."""
        return [shard.sha256 for shard in self.shards]


def has_shards(root: Path) -> bool:
    """Tell whether a data set folder holds shards instead of single pictures."""
    return (root / INDEX).is_file()


def read_shard_index(manifest: Manifest) -> ShardIndex:
    """Return the shards beside `manifest`, with their sizes checked.

    Raises:
        InputError: The records have changed since, or a tar file is missing or cut short.
    """
    index = ShardIndex.read(manifest.root / INDEX)
    if index.records != manifest.fingerprint():
        raise InputError(str(manifest.file), "the records that the shards were made of", "others", ANEW)
    for shard in index.shards:
        path = manifest.root / shard.file
        size = path.stat().st_size if path.is_file() else None
        if size != shard.bytes:
            found = "no such file" if size is None else f"{size:,}"
            raise InputError(str(path), f"a file of {shard.bytes:,} bytes", found, ANEW)
    return index


def require_a_share(root: Path, shards: Sequence[Shard], processes: int) -> None:
    """Raise an `InputError` unless each process can have shards of its own."""
    if len(shards) < processes:
        hint = "Write smaller shards (`admagan data shard --shard-mb`)."
        raise InputError(str(root), f"a shard for each of {processes} processes", len(shards), hint)


def write_shards(manifest: Manifest, out: Path, shard_mb: float = 256) -> ShardIndex:
    """Write the data set as shards into the new folder `out`, whole or not at all.

    The samples of a split are dealt out in a random order that is always the same, so that each shard is a fair
    sample of it; every picture is decoded once to be sure of it.

    Args:
        manifest: The whole data set.
        out: A folder that is empty or not there yet.
        shard_mb: Megabytes (10^6 bytes) of content from which on a new shard is begun. Training needs one
            for each process, and is the quicker for one for each that decodes.

    Raises:
        InputError: `out` is in use or cannot be written, the data set is in shards already, or a picture cannot be
            used (metadata file and line).
    """
    if not 0 < shard_mb < math.inf:
        raise InputError("--shard-mb", "a number above 0", shard_mb)
    if has_shards(manifest.root):
        raise InputError(str(manifest.root), "a data set of single pictures", "shards")
    require_new(out)
    manifest = _with_splits(manifest)
    with written_aside(out) as aside:
        aside.mkdir()
        shards = [
            shard
            for split in SPLITS
            for shard in _write_split(manifest.split(split), split, aside, int(shard_mb * 1e6))
        ]
        index = ShardIndex(records=manifest.fingerprint(), shards=tuple(shards))
        lines = (json.dumps(_as_json(entry), ensure_ascii=False) + "\n" for entry in manifest.entries)
        (aside / "metadata.jsonl").write_text("".join(lines), encoding="utf-8")
        if (manifest.root / ATTRIBUTES).is_file():
            shutil.copyfile(manifest.root / ATTRIBUTES, aside / ATTRIBUTES)
        write_json(aside / INDEX, index.model_dump(mode="json"))
    return index


def _with_splits(manifest: Manifest) -> Manifest:
    """Return the same records with the split of each written out."""
    entries = (
        replace(entry, record=entry.record.model_copy(update={"split": split}))
        for entry, split in zip(manifest.entries, manifest.splits, strict=True)
    )
    return replace(manifest, entries=tuple(entries))


def _write_split(manifest: Manifest, split: Split, folder: Path, limit: int) -> Iterator[Shard]:
    """Write and yield the shards of one split; a shard is full when its contents reach `limit` bytes."""
    order = permutation(0, 0, len(manifest)).tolist()
    made = ordered_map(partial(_sample, manifest), order, ahead=32)
    samples = track(made, f"{split} shards", len(order))
    sample, number = next(samples, None), 0
    while sample is not None:
        path = folder / f"{split}-{number:06d}.tar"
        count = size = 0
        with path.open("wb") as file, _tar_writer(file) as tar:
            while sample is not None and size < limit:
                size += tar.write(sample)
                count += 1
                sample = next(samples, None)
        size = path.stat().st_size
        yield Shard(file=path.name, split=split, samples=count, bytes=size, sha256=sha256(path))
        number += 1


def _tar_writer(file: IO[bytes]) -> AbstractContextManager[Any]:
    """Return webdataset's writer, imported here because it takes seconds: it brings torch along."""
    try:
        from webdataset import TarWriter
    except ModuleNotFoundError as error:
        raise missing_extra("webdataset", "train", "shards") from error
    return cast(AbstractContextManager[Any], TarWriter(file, encoder=False, mtime=0))


def _sample(manifest: Manifest, place: int) -> dict[str, str | bytes]:
    """Return what one sample becomes in a tar file: member suffix -> content."""
    entry = manifest.entries[place]
    where = f"{manifest.file}:{entry.line}: {entry.record.file_name}"
    try:
        data = read_image(entry.path)
        picture = decode_image(data, where)
    except InputError as error:
        raise InputError(where, error.expected, error.found, error.hint) from error
    if picture.format not in SUFFIXES:
        with io.BytesIO() as buffer:
            picture.rgb.save(buffer, "PNG")
            data = buffer.getvalue()
    record = json.dumps(_as_json(entry), ensure_ascii=False).encode()
    return {"__key__": f"{place:09d}", "json": record, SUFFIXES.get(picture.format, "png"): data}


def _as_json(entry: Entry) -> dict[str, Any]:
    return entry.record.model_dump(mode="json", exclude_none=True)


def summary(index: ShardIndex, out: Path) -> str:
    """Return what was written, in one line per split."""
    lines = [f"{out}"]
    for split in SPLITS:
        if shards := index.of(split):
            samples, size = sum(s.samples for s in shards), sum(s.bytes for s in shards)
            files = "1 shard" if len(shards) == 1 else f"{len(shards)} shards"
            lines.append(f"  {split}: {samples:,} pictures in {files}, {size / 1e6:,.1f} MB")
    return "\n".join(lines)
