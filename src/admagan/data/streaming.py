"""Training batches from shards: read front to back, mixed in a buffer, shared among processes and workers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from webdataset import shuffle

from admagan.data.augment import Integers, gather, gather_augmented, permutation
from admagan.data.dataset import Batch, Samples
from admagan.data.shard_reading import ShardFiles, Stored, read_in_order
from admagan.data.shards import Shard, require_a_share
from admagan.errors import InputError
from admagan.schema.data import DataSettings

# Two workers on one core are no mistake: their number has to be the same wherever a run goes on.
warnings.filterwarnings("ignore", message="This DataLoader will create")

Pictures = tuple[Tensor, Tensor, Tensor]
"""uint8 (B,S,S,3), and epoch and index of each, int64 (B,)."""
Loaded = Pictures | InputError
"""What a worker hands over; as a raised exception an error would lose its parts on the way."""


class ShardStream:
    """Batches of one split from its shards, from any step on.

    In every epoch each shard goes to one worker of one process; which, and the order within the worker's buffer,
    follow from the seed. With the same numbers of processes and workers, step t is therefore the same in every
    run. To go there and not to the next step, earlier samples of its epoch are read and skipped, not decoded.
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
            workers: Processes that decode, per training process, as far as there are shards; 0: none besides it.
            buffer: Samples that each worker holds, undecoded, to draw the next from.
        """
        found = sum(shard.samples for shard in shards)
        if not found or found != len(samples):
            raise InputError(str(root), f"{len(samples):,} pictures in shards, one at least", f"{found:,}")
        self.samples = samples
        self.batch_size = batch_size
        self.workers = workers
        self.files = ShardFiles(root, shards)
        self.reader = Reader(root, tuple(shards), size, batch_size, seed, settings or DataSettings(), buffer)
        self._open: Iterator[Loaded] = iter(())
        self._next: tuple[int, int, int] | None = None

    def __len__(self) -> int:
        """Return the number of samples in an epoch."""
        return len(self.samples)

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return the batch of `step` (from 0) for process `rank` of `world`; quick for one step after another.

        Raises:
            InputError: A shard is damaged, or there are fewer shards than processes.
        """
        if self._next != (step, rank, world):
            self._open = iter(self._loader(step, rank, world))
        self._next = None
        item = next(self._open)
        if isinstance(item, InputError):
            self._open = iter(())  # stops the workers now; a traceback could keep them for long
            raise item
        self._next = (step + 1, rank, world)
        pixels, epoch, index = (tensor.numpy() for tensor in item)
        captions = self.samples.chosen_captions(self.reader.seed, epoch, index)
        return self.samples.batch(pixels, index, captions)

    def plain(self, indices: Integers, caption: int = 0) -> Batch:
        """Return the samples at `indices` as they are: see `TrainingSet.plain`."""
        indices = np.asarray(indices, np.int64)
        side = self.reader.settings.cached_size(self.reader.size)
        stored = (self.files.read(place) for place in indices.tolist())
        pixels = np.stack([sample.pixels(side, self.reader.settings) for sample in stored])
        pixels = gather(pixels, np.arange(len(indices)), self.reader.size)
        return self.samples.batch(pixels, indices, self.samples.nth_captions(indices, caption))

    def _loader(self, first_step: int, rank: int, world: int) -> DataLoader[Loaded]:
        require_a_share(self.reader.root, self.reader.shards, world)
        return DataLoader(
            replace(self.reader, first_step=first_step, rank=rank, world=world),
            batch_size=None,
            num_workers=min(self.workers, len(self.reader.shards) // world),
            generator=torch.Generator(),  # or it would draw from the global one, which resuming restores
        )


@dataclass(frozen=True)
class Reader(IterableDataset[Loaded]):
    """What runs in each worker of one process; the fields are as in `ShardStream`."""

    root: Path
    shards: tuple[Shard, ...]
    size: int
    batch_size: int
    seed: int
    settings: DataSettings
    buffer: int
    first_step: int = 0
    rank: int = 0
    world: int = 1

    def __iter__(self) -> Iterator[Loaded]:
        """Yield every k-th batch of this process, k the number of workers; an error is the last thing."""
        try:
            yield from self._batches()
        except InputError as error:
            yield InputError(error.where, error.expected, str(error.found), error.hint)

    def _batches(self) -> Iterator[Pictures]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        # The loader asks the workers in turn, beginning with 0: let that be the one whose turn is `first_step`.
        worker = (self.first_step + worker) % workers
        earlier = (self.first_step - worker + workers - 1) // workers * self.batch_size
        stored = self._stored(self.rank * workers + worker, self.world * workers, earlier)
        side, places = self.settings.cached_size(self.size), np.arange(self.batch_size)
        while True:
            batch = list(islice(stored, self.batch_size))
            pixels = np.stack([sample.pixels(side, self.settings) for _, sample in batch])
            epoch = np.array([epoch for epoch, _ in batch])
            index = np.array([sample.place for _, sample in batch])
            cut = gather_augmented(pixels, places, self.size, self.settings, self.seed, epoch, index)
            yield torch.from_numpy(cut), torch.from_numpy(epoch), torch.from_numpy(index)

    def _stored(self, part: int, parts: int, skip: int) -> Iterator[tuple[int, Stored]]:
        """Yield epoch and sample for one of `parts` workers, epoch after epoch, without the first `skip`."""
        for epoch in count():
            order = permutation(self.seed, epoch, len(self.shards))
            shards = [self.shards[i] for i in order[part::parts]]
            samples = sum(shard.samples for shard in shards)
            if skip < samples:
                rng = Random(f"{self.seed} {epoch} {part}")  # noqa: S311 (not a secret)
                mix = shuffle(self.buffer, initial=self.buffer, rng=rng)
                for sample in islice(mix(read_in_order(self.root, shards)), skip, None):
                    yield epoch, sample
            skip = max(0, skip - samples)
