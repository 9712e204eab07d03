"""A split of a data set as training batches, each a pure function of (seed, step, rank)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from admagan.data.augment import (
    CAPTION,
    Integers,
    Pixels,
    draws,
    gather,
    gather_augmented,
    permutation,
)
from admagan.errors import InputError
from admagan.schema.data import DataSettings


@dataclass(frozen=True)
class Batch:
    """What one training step sees; B pictures of side S, n attributes, captions of up to T tokens."""

    images: Tensor
    """float32 (B,3,S,S) in [-1,1], channels last."""
    tokens: Tensor
    """int64 (B,T); 0 after the caption's end."""
    lengths: Tensor
    """int64 (B,): tokens of each caption."""
    attributes: Tensor
    """float32 (B,n) in {0,1}."""
    known: Tensor
    """bool (B,n): False where nobody said whether the attribute applies."""
    indices: Tensor
    """int64 (B,): place of each sample in its split."""

    def __len__(self) -> int:
        """Return B."""
        return len(self.indices)


@dataclass(frozen=True)
class Samples:
    """One split as numbers, beside the pictures: N samples, M captions in all, one or more each."""

    rows: npt.NDArray[np.int64]
    """(N,): row of each picture in the cache; of shards, which have none, the place in the split."""
    tokens: Integers
    """(M,T): all captions, those of a sample together, in the order of the samples."""
    lengths: Integers
    """(M,)."""
    captions: npt.NDArray[np.int64]
    """(N+1,): sample i owns the captions from captions[i] up to, not including, captions[i+1]."""
    attributes: npt.NDArray[np.float32]
    """(N,n) in {0,1}."""
    known: npt.NDArray[np.bool_]
    """(N,n)."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.rows)

    def chosen_captions(self, seed: int, epoch: Integers, index: Integers) -> npt.NDArray[np.int64]:
        """Return one caption of each sample in `index`, another one from epoch to epoch: (B,) below M."""
        first, last = self.captions[index], self.captions[index + 1]
        chosen = draws(seed, epoch, index, CAPTION) % (last - first).astype(np.uint64)
        return first + chosen.astype(np.int64)

    def nth_captions(self, index: Integers, number: int) -> npt.NDArray[np.int64]:
        """Return the caption `number` (from 0) of each sample in `index`; those with fewer start over."""
        first, last = self.captions[index], self.captions[index + 1]
        return first + number % (last - first)

    def batch(self, pixels: Pixels, index: Integers, caption: Integers) -> Batch:
        """Return the samples at `index` (B,) with their `pixels` (B,S,S,3) and the captions chosen (B,)."""
        return Batch(
            images=to_tensor(pixels),
            tokens=torch.from_numpy(self.tokens[caption].astype(np.int64)),
            lengths=torch.from_numpy(self.lengths[caption].astype(np.int64)),
            attributes=torch.from_numpy(self.attributes[index]),
            known=torch.from_numpy(self.known[index]),
            indices=torch.from_numpy(index.astype(np.int64)),
        )


class BatchSource(Protocol):
    """What training and measuring ask of a split, whether it comes from a cache or from shards."""

    batch_size: int
    """Samples a step in each process."""

    def __len__(self) -> int:
        """Return the number of samples in an epoch."""

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return the batch of `step` (from 0) for process `rank` of `world`; the same whenever asked for."""

    def plain(self, indices: Integers, caption: int = 0) -> Batch:
        """Return the samples at `indices` as they are."""


class TrainingSet:
    """Batches of one split, without state: any step can be asked for at any time, on any rank.

    Samples are taken from one endless sequence of epochs, each a permutation of them all; step t of `world`
    processes takes the next `world * batch_size` of it, and rank r the r-th part of these. So every sample is
    shown once an epoch, ranks never overlap, and nothing is dropped at an epoch's end.
    """

    def __init__(
        self,
        images: Pixels,
        samples: Samples,
        size: int,
        batch_size: int,
        seed: int,
        settings: DataSettings | None = None,
    ) -> None:
        """Keep references, no copies.

        Args:
            images: uint8 (R,S',S',3), such as the memory map of a cache; what S' exceeds `size` by is the room
                for random crops.
            samples: The N samples of the split.
            size: S, side of the pictures in a batch.
            batch_size: Samples a step in each process.
            seed: Of order, captions and augmentation.
            settings: Augmentation.
        """
        if not len(samples):
            raise InputError("data set", "pictures in this split", "none")
        self.images = images
        self.samples = samples
        self.size = size
        self.batch_size = batch_size
        self.seed = seed
        self.settings = settings or DataSettings()

    def __len__(self) -> int:
        """Return the number of samples in an epoch."""
        return len(self.samples)

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return the batch of `step` (from 0) for process `rank` of `world`; the same whenever asked for."""
        start = (step * world + rank) * self.batch_size
        epoch, index = self._sequence(np.arange(start, start + self.batch_size))
        pixels = gather_augmented(
            self.images, self.samples.rows[index], self.size, self.settings, self.seed, epoch, index
        )
        return self.samples.batch(pixels, index, self.samples.chosen_captions(self.seed, epoch, index))

    def plain(self, indices: Integers, caption: int = 0) -> Batch:
        """Return the samples at `indices` as they are, with the middle of a larger cached picture.

        Args:
            indices: Places in the split, (B,).
            caption: Which caption to take; those with fewer start over.
        """
        indices = np.asarray(indices, np.int64)
        pixels = gather(self.images, self.samples.rows[indices], self.size)
        return self.samples.batch(pixels, indices, self.samples.nth_captions(indices, caption))

    def _sequence(
        self, positions: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return epoch and index of the samples at `positions` of the endless sequence."""
        epoch, place = np.divmod(positions, len(self))
        index = np.empty_like(place)
        for one in np.unique(epoch):
            here = epoch == one
            index[here] = _order(self.seed, int(one), len(self))[place[here]]
        return epoch, index


# The current epoch and the next: a batch may span both.
_order = lru_cache(maxsize=4)(permutation)


def to_tensor(pixels: Pixels) -> Tensor:
    """Return uint8 (B,S,S,3) as float32 (B,3,S,S) in [-1,1], in channels-last order as it came."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
