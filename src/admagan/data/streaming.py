"""Training batches from shards: read front to back, mixed in a buffer, shared among processes and workers."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from webdataset import shuffle
from webdataset.tariterators import group_by_keys, tar_file_expander

from admagan.data.augment import fit_image, gather_augmented, permutation
from admagan.data.dataset import Batch, Samples
from admagan.data.images import decode_image
from admagan.data.shards import SUFFIXES, Shard
from admagan.errors import InputError
from admagan.schema.data import DataSettings
from admagan.schema.records import Record

Pictures = tuple[Tensor, Tensor, Tensor]
"""uint8 (B,S,S,3), and epoch and index of each, int64 (B,)."""


class _Stored(NamedTuple):
    """A sample as it comes from a tar file, not decoded yet."""

    epoch: int
    place: int
    where: str
    picture: bytes
    record: bytes


class ShardStream:
    """Batches of one split from its shards, from any step on.

    In every epoch each shard goes to one worker of one process; which, and the order within the worker's buffer,
    follow from the seed. With the same numbers of processes and workers, step t is therefore the same in every
    run: to start there, earlier samples of its epoch are read and skipped, but not decoded.
    """

    def __init__(
        self,
        root: Path,
        shards: list[Shard],
        samples: Samples,
        size: int,
        batch_size: int,
        seed: int,
        settings: DataSettings | None = None,
        workers: int = 2,
        buffer: int = 1024,
    ) -> None:
        """Take the `shards` of one split in `root`; the rest is as in `TrainingSet`.

        Args:
            root: Folder of the shards.
            shards: Those of the split.
            samples: What is said of the pictures, N in all.
            size: S, side of the pictures in a batch.
            batch_size: Samples a step in each process.
            seed: Of order, captions and augmentation.
            settings: Fitting and augmentation.
            workers: Processes that decode, per training process; 0: none besides it.
            buffer: Samples that each worker holds, undecoded, to draw the next from.
        """
        found = sum(shard.samples for shard in shards)
        if not found or found != len(samples):
            raise InputError(str(root), f"{len(samples):,} pictures in shards, one at least", f"{found:,}")
        self.root = root
        self.shards = shards
        self.samples = samples
        self.size = size
        self.batch_size = batch_size
        self.seed = seed
        self.settings = settings or DataSettings()
        self.workers = workers
        self.buffer = buffer

    def __len__(self) -> int:
        """Return the number of samples in an epoch."""
        return len(self.samples)

    def batches(self, first_step: int = 0, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Yield the batches from `first_step` on for process `rank` of `world`, without end."""
        if len(self.shards) < world * max(1, self.workers):
            raise InputError(
                str(self.root),
                f"a shard for each of {world} processes x {max(1, self.workers)} workers",
                len(self.shards),
                "Write smaller shards (`admagan data shard --shard-mb`) or use fewer workers.",
            )
        loader = DataLoader(
            _Reader(self, first_step, rank, world),
            batch_size=None,
            num_workers=self.workers,
            generator=torch.Generator(),  # or it would draw from the global one, which resuming restores
        )
        for item in loader:
            if isinstance(item, InputError):
                raise item
            pixels, epoch, index = (tensor.numpy() for tensor in cast(Pictures, item))
            yield self.samples.batch(pixels, index, self.samples.chosen_captions(self.seed, epoch, index))


@dataclass
class _Reader(IterableDataset[Pictures | InputError]):
    """What runs in each worker."""

    stream: ShardStream
    first_step: int
    rank: int
    world: int

    def __iter__(self) -> Iterator[Pictures | InputError]:
        """Yield every k-th batch of this process, k the number of workers; an error is the last thing."""
        try:
            yield from self._batches()
        except InputError as error:
            # As an exception torch would lose its parts on the way to the main process.
            yield InputError(error.where, error.expected, str(error.found), error.hint)

    def _batches(self) -> Iterator[Pictures]:
        stream, info = self.stream, get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        # The loader asks the workers in turn, beginning with 0: let that be the one whose turn is `first_step`.
        worker = (self.first_step + worker) % workers
        earlier = (self.first_step - worker + workers - 1) // workers * stream.batch_size
        stored = self._stored(self.rank * workers + worker, self.world * workers, earlier)
        side = stream.settings.cached_size(stream.size)
        while True:
            batch = list(islice(stored, stream.batch_size))
            pixels = np.stack([_decoded(sample, side, stream.settings) for sample in batch])
            epoch = np.array([sample.epoch for sample in batch])
            index = np.array([sample.place for sample in batch])
            places = np.arange(len(batch))
            cut = gather_augmented(pixels, places, stream.size, stream.settings, stream.seed, epoch, index)
            yield torch.from_numpy(cut), torch.from_numpy(epoch), torch.from_numpy(index)

    def _stored(self, part: int, parts: int, skip: int) -> Iterator[_Stored]:
        """Yield the samples of one of `parts` equal workers, epoch after epoch, without the first `skip`."""
        stream = self.stream
        for epoch in count():
            order = permutation(stream.seed, epoch, len(stream.shards))
            shards = [stream.shards[i] for i in order[part::parts]]
            samples = sum(shard.samples for shard in shards)
            if skip < samples:
                rng = Random(f"{stream.seed} {epoch} {part}")  # noqa: S311 (not a secret)
                mix = shuffle(stream.buffer, initial=stream.buffer, rng=rng)
                yield from islice(mix(_read(stream.root, shards, epoch)), skip, None)
            skip = max(0, skip - samples)


def _read(root: Path, shards: list[Shard], epoch: int) -> Iterator[_Stored]:
    for shard in shards:
        path = root / shard.file
        try:
            # Opened here: from a name, webdataset would also take commands to run.
            with path.open("rb") as file:
                source = [{"url": str(path), "stream": file}]
                for sample in group_by_keys(tar_file_expander(source, select_files=_wanted)):
                    yield _as_stored(sample, path, epoch)
        except InputError:
            raise
        except (tarfile.TarError, OSError, ValueError, EOFError) as error:
            found = str(error.args[0] if error.args else error)
            hint = "Write the shards anew with `admagan data shard`."
            raise InputError(str(path), "an undamaged tar file", found, hint) from error


def _wanted(name: str) -> bool:
    return name.endswith((".json", *(f".{suffix}" for suffix in SUFFIXES.values())))


def _as_stored(sample: dict[str, str | bytes], path: Path, epoch: int) -> _Stored:
    key = str(sample["__key__"])
    where = f"{path}: {key}"
    suffix = next((suffix for suffix in SUFFIXES.values() if suffix in sample), None)
    if suffix is None or "json" not in sample:
        raise InputError(where, "a picture and a record", ", ".join(sorted(sample)))
    picture, record = cast(bytes, sample[suffix]), cast(bytes, sample["json"])
    return _Stored(epoch, int(key), f"{where}.{suffix}", picture, record)


def _decoded(sample: _Stored, side: int, settings: DataSettings) -> np.ndarray:
    record = Record.parse(json.loads(sample.record), sample.where)
    return fit_image(decode_image(sample.picture, sample.where).rgb, side, settings, record.bbox)
