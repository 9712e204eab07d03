"""Pictures on their way into a feature network, and what every such network has in common."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from admagan.data.augment import gather
from admagan.data.dataset import Samples
from admagan.errors import InputError
from admagan.progress import progress_bar

Pixels = NDArray[np.uint8]
RESIZING = "bicubic, antialiased"
TOGETHER = 128
"""Pictures that pass all networks before the next are made."""


@dataclass(frozen=True)
class LabelledPictures:
    """Real pictures of one split, as training sees them but without augmentation, with their attributes."""

    images: Pixels
    """uint8 (R,S',S',3); may be a memory map."""
    rows: NDArray[np.int64]
    """(N,): row of each picture in `images`."""
    size: int
    """S <= S': the middle of a larger cached picture is taken."""
    labels: NDArray[np.bool_]
    """(N,n)."""
    known: NDArray[np.bool_]
    """(N,n)."""

    @classmethod
    def of(cls, images: Pixels, samples: Samples, size: int) -> Self:
        """Return a split of a prepared data set."""
        return cls(images, samples.rows, size, samples.attributes > 0, samples.known)

    def __len__(self) -> int:
        return len(self.rows)

    def pixels(self, index: NDArray[np.integer]) -> Pixels:
        """Return pictures by their place in the split: uint8 (B,S,S,3)."""
        return np.ascontiguousarray(gather(self.images, self.rows[index], self.size))

    def batches(self, index: NDArray[np.integer] | None = None, batch: int = 256) -> Iterator[Pixels]:
        """Yield the pictures at `index` (all where unset) in order, `batch` at a time."""
        index = np.arange(len(self)) if index is None else index
        for start in range(0, len(index), batch):
            yield self.pixels(index[start : start + batch])

    @cached_property
    def pixel_hash(self) -> str:
        """The SHA-256 of all pictures, in order."""
        digest = hashlib.sha256(str(self.size).encode())
        for pixels in self.batches():
            digest.update(pixels.tobytes())
        return digest.hexdigest()

    @cached_property
    def label_hash(self) -> str:
        """The SHA-256 of what is known of their attributes."""
        bits = np.packbits(self.labels & self.known).tobytes() + np.packbits(self.known).tobytes()
        return hashlib.sha256(repr(self.labels.shape).encode() + bits).hexdigest()


class Activations(NamedTuple):
    """What a network says of B pictures."""

    features: Tensor
    """float32 (B,d)."""
    logits: Tensor
    """float32 (B,C): of ImageNet classes, or of attributes."""


class Extracted(NamedTuple):
    """Activations of N pictures."""

    features: NDArray[np.float32]
    """(N,d)."""
    logits: NDArray[np.float32]
    """(N,C)."""


@dataclass(frozen=True)
class FeatureNetwork(ABC):
    """A frozen network that figures are computed with."""

    name: str
    """In the registry, and in reports."""
    sha256: str
    """Of its weights file."""
    size: int
    """Side in pixels of what it looks at."""

    batch: ClassVar[int]
    """Pictures at a time; the last digits depend on it, so it is fixed."""
    resizing: ClassVar[str] = RESIZING
    """Filter that brings pictures to `size`."""
    classes: ClassVar[bool] = False
    """Whether its logits are of exclusive classes, as the inception score wants them."""

    @abstractmethod
    def activations(self, pictures: Tensor) -> Activations:
        """uint8 (B,3,S,S) of any S -> features and logits."""

    def extract(self, batches: Iterable[Pixels], count: int, what: str) -> Extracted:
        """Return the activations of `count` pictures; see `extract_all`."""
        return extract_all([self], batches, count, what)[0]


@torch.inference_mode()
def extract_all(
    networks: Sequence[FeatureNetwork], batches: Iterable[Pixels], count: int, what: str
) -> list[Extracted]:
    """Return what each network says of the same `count` pictures, which are made or read only once.

    Args:
        networks: Their `batch` divides `TOGETHER`.
        batches: uint8 (b,S,S,3), of any b.
        count: Sum of all b.
        what: For the progress bar: what these pictures are.
    """
    collected: list[list[Activations]] = [[] for _ in networks]
    with progress_bar() as bar:
        task = bar.add_task(f"measuring {what}", total=count)
        for pixels in rebatched(batches, TOGETHER):
            pictures = as_tensor(pixels)
            for network, outputs in zip(networks, collected, strict=True):
                outputs += [network.activations(part) for part in pictures.split(network.batch)]
            bar.advance(task, len(pixels))
    results = [
        Extracted(*(torch.cat(parts).float().numpy() for parts in zip(*outputs, strict=True)))
        for outputs in collected
    ]
    for result in results:
        if len(result.features) != count:
            raise InputError("pictures", f"{count} of them", len(result.features))
    return results


def rebatched(batches: Iterable[Pixels], size: int) -> Iterator[Pixels]:
    """Yield the pictures of `batches` in batches of `size`, the last maybe smaller."""
    left: list[Pixels] = []
    for batch in batches:
        left.append(batch)
        while sum(map(len, left)) >= size:
            joined = np.concatenate(left)
            yield joined[:size]
            left = [joined[size:]]
    if sum(map(len, left)):
        yield np.concatenate(left)


def as_tensor(pixels: Pixels) -> Tensor:
    """uint8 (B,S,S,3) -> uint8 (B,3,S,S), channels last."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def unit_range(pictures: Tensor) -> Tensor:
    """uint8 -> float32 in [0,1]."""
    return pictures.float().div(255)


def resized(pictures: Tensor, size: int) -> Tensor:
    """(B,3,S,S) in [0,1] -> (B,3,size,size) in [0,1], bicubic with a support that grows with the reduction.

    Overshoots are clipped, as when saving the resized picture.
    """
    if pictures.shape[-2:] == (size, size):
        return pictures
    scaled = F.interpolate(pictures, (size, size), mode="bicubic", antialias=True, align_corners=False)
    return scaled.clamp(0, 1)


def quantised(images: Tensor) -> Pixels:
    """(...,3,S,S) nominally in [-1,1] -> uint8 (...,S,S,3), clipped and rounded: what saving a PNG keeps."""
    scaled = images.detach().float().clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    return scaled.movedim(-3, -1).contiguous().cpu().numpy()
