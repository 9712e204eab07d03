"""What happens to a picture on its way to the networks: cut, resize, then random crop and mirror.

Everything random is a hash of (seed, epoch, index): the same wherever and whenever it is asked for, on any
number of processes, after any resume, and for a whole batch at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from admagan.errors import InputError
from admagan.schema.data import DataSettings

Integers = npt.NDArray[np.integer]
Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

# One stream of random numbers per purpose, so that they do not depend on each other.
ORDER, CAPTION, FLIP, TOP, LEFT = range(5)

CUB_REACH: Final = 0.75


def draws(seed: int, epoch: int | Integers, index: Integers, purpose: int) -> npt.NDArray[np.uint64]:
    """Return one uniform random uint64 per element of `index` (1-d); `epoch` is one number or one for each.

    The finaliser of SplitMix64 (Steele, Lea, Flood 2014), applied once for each of the four arguments.
    """
    index = np.asarray(index)
    state = np.zeros(index.shape, np.uint64)
    for part in (seed, epoch, index, purpose):
        state = _mix(state ^ np.broadcast_to(np.asarray(part).astype(np.uint64), index.shape))
    return state


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def permutation(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """Return the order in which `count` samples are shown in `epoch`: int64 (count,)."""
    return np.argsort(draws(seed, epoch, np.arange(count), ORDER), kind="stable")


def cub_box(size: tuple[int, int], bbox: Box) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the cut around `bbox` (x, y, w, h) in a picture of `size` (w, h).

    The rule that text-to-image work uses on CUB: centre of the box, 0.75 of its longer side each way, clipped
    to the picture; all in pixels.

    Raises:
        InputError: The box is empty or nothing of the picture is in reach of it.
    """
    x, y, width, height = bbox
    reach = int(CUB_REACH * max(width, height))
    centre_x, centre_y = int(x + width / 2), int(y + height / 2)
    left, right = max(0, centre_x - reach), min(size[0], centre_x + reach)
    top, bottom = max(0, centre_y - reach), min(size[1], centre_y + reach)
    if left >= right or top >= bottom:
        raise InputError("bbox", f"a box inside the picture of {size[0]} x {size[1]} pixels", list(bbox))
    return left, top, right, bottom


def fit_image(image: Image.Image, size: int, settings: DataSettings, bbox: Box | None = None) -> Pixels:
    """Return `image` (RGB) as uint8 (size, size, 3), cut to its `bbox` and made square as `settings` say.

    Resizing is Lanczos with a support that grows with the reduction, so nothing aliases.
    """
    if bbox is not None and settings.bbox:
        image = image.crop(cub_box(image.size, bbox))
    width, height = image.size
    if settings.fit == "pad":
        scale = size / max(width, height)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        return _padded(_resized(image, inner, (0, 0, width, height)), size, settings)
    box: Box = (0, 0, width, height)
    if settings.fit == "crop":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    return _resized(image, (size, size), box)


def _resized(image: Image.Image, size: tuple[int, int], box: Box) -> Pixels:
    # reducing_gap shrinks huge photos by whole factors first: much faster, and not to be seen from 3.0 on.
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0))


def _padded(pixels: Pixels, size: int, settings: DataSettings) -> Pixels:
    """Return `pixels` in the middle of a square of `size`."""
    height, width = pixels.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    margins = ((top, size - height - top), (left, size - width - left), (0, 0))
    if settings.padding == "edge":
        return np.pad(pixels, margins, mode="edge")
    return np.pad(pixels, margins, constant_values=255)


def gather(images: Pixels, rows: Integers, size: int) -> Pixels:
    """Return the middle of `images[rows]`: uint8 (B, size, size, 3) of (N, S, S, 3), S at least `size`."""
    margin = (images.shape[1] - size) // 2
    return images[rows, margin : margin + size, margin : margin + size]


def gather_augmented(
    images: Pixels,
    rows: Integers,
    size: int,
    settings: DataSettings,
    seed: int,
    epoch: Integers,
    index: Integers,
) -> Pixels:
    """Return `images[rows]` with random crop and mirror: uint8 (B, size, size, 3) of (N, S, S, 3).

    Args:
        images: The cached pictures; only the pixels asked for are read.
        rows: Row of each sample in `images`, (B,).
        size: Training size in pixels; what S exceeds it by is the room for the random crop.
        settings: Whether to mirror.
        seed: Of the run.
        epoch: Of each sample, (B,).
        index: Of each sample in its data set, (B,).
    """
    room = images.shape[1] - size + 1
    if room == 1 and not settings.flip:
        return images[rows]
    top = (draws(seed, epoch, index, TOP) % np.uint64(room)).astype(np.int64)
    left = (draws(seed, epoch, index, LEFT) % np.uint64(room)).astype(np.int64)
    mirror = (draws(seed, epoch, index, FLIP) & np.uint64(1)).astype(bool) & settings.flip
    pixels = np.empty((len(rows), size, size, 3), np.uint8)
    # Copying slices row by row beats one indexing of all pixels three times over.
    for to, row, y, x, mirrored in zip(pixels, rows, top, left, mirror, strict=True):
        cut = images[row, y : y + size, x : x + size]
        to[:] = cut[:, ::-1] if mirrored else cut
    return pixels
