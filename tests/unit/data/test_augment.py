"""Cutting, fitting and the random numbers behind augmentation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from admagan.data.augment import (
    FLIP,
    LEFT,
    cub_box,
    draws,
    fit_image,
    gather,
    gather_augmented,
    permutation,
)
from admagan.errors import InputError
from admagan.schema.data import DataSettings


@pytest.mark.parametrize(
    ("size", "bbox", "box"),
    [
        # Inside: reach int(0.75 * 40) = 30 around (120, 110).
        ((500, 400), (100.0, 90.0, 40.0, 40.0), (90, 80, 150, 140)),
        # The longer side counts: reach int(0.75 * 80) = 60 around (220, 140).
        ((500, 400), (200.0, 100.0, 40.0, 80.0), (160, 80, 280, 200)),
        # Clipped at the left and the top: reach 75 around (60, 50).
        ((500, 400), (10.0, 0.0, 100.0, 100.0), (0, 0, 135, 125)),
        # Clipped at the right and the bottom: reach 150 around (400, 350).
        ((500, 400), (300.0, 300.0, 200.0, 100.0), (250, 200, 500, 400)),
        # Fractions are cut off: reach int(0.75 * 33) = 24 around (int(16.5), int(17.5)).
        ((500, 400), (0.0, 1.0, 33.0, 33.0), (0, 0, 40, 41)),
    ],
)
def test_cub_box_follows_the_rule(size, bbox, box):
    assert cub_box(size, bbox) == box


@pytest.mark.parametrize("bbox", [(600, 10, 20, 20), (10, 10, 0, 0), (-90, 10, 20, 20)])
def test_a_box_without_picture_is_refused(bbox):
    with pytest.raises(InputError, match="inside the picture of 500 x 400"):
        cub_box((500, 400), bbox)


def stripes(width: int, height: int) -> Image.Image:
    """Red left third, green middle, blue right third."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for channel in range(3):
        pixels[:, channel * width // 3 : (channel + 1) * width // 3, channel] = 255
    return Image.fromarray(pixels)


def test_crop_keeps_the_middle_square():
    pixels = fit_image(stripes(90, 30), 8, DataSettings(fit="crop"))
    assert pixels.shape == (8, 8, 3)
    assert (pixels[:, 1:-1].argmax(axis=2) == 1).all()
    assert pixels[:, 2:-2, 1].min() >= 250


def test_stretch_keeps_everything():
    pixels = fit_image(stripes(90, 30), 9, DataSettings(fit="stretch"))
    assert pixels[4, [0, 4, 8]].argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("padding", "top"), [("edge", [0, 255, 0]), ("white", [255, 255, 255])])
def test_pad_keeps_everything_within_margins(padding, top):
    pixels = fit_image(stripes(90, 30), 9, DataSettings(fit="pad", padding=padding))
    assert pixels.shape == (9, 9, 3)
    assert pixels[0, 4].tolist() == pixels[8, 4].tolist() == top
    assert pixels[4, [0, 4, 8]].argmax(axis=1).tolist() == [0, 1, 2]


def test_bbox_is_cut_before_fitting_and_may_be_ignored():
    right_third = (65.0, 10.0, 10.0, 10.0)
    assert (fit_image(stripes(90, 30), 4, DataSettings(), right_third) == [0, 0, 255]).all()
    assert (fit_image(stripes(90, 30), 4, DataSettings(bbox=False), right_third).argmax(axis=2) == 1).all()


def test_reduction_averages_instead_of_aliasing():
    checkerboard = np.indices((128, 128)).sum(axis=0) % 2 * 255
    image = Image.fromarray(np.repeat(checkerboard[:, :, None], 3, axis=2).astype(np.uint8))
    pixels = fit_image(image, 16, DataSettings())
    assert np.abs(pixels.astype(int) - 127).max() <= 6


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from(["crop", "pad", "stretch"]))
def test_every_shape_fits(width, height, fit):
    assert fit_image(Image.new("RGB", (width, height), "white"), 8, DataSettings(fit=fit)).min() == 255


@given(st.integers(0, 2**63), st.integers(0, 1000), st.integers(0, 300))
def test_permutation_holds_every_index_once(seed, epoch, count):
    order = permutation(seed, epoch, count)
    assert sorted(order.tolist()) == list(range(count))


def test_permutations_differ_by_epoch_and_seed_and_stay_what_they_are():
    assert permutation(1, 0, 8).tolist() == PINNED
    assert permutation(1, 1, 8).tolist() != PINNED
    assert permutation(2, 0, 8).tolist() != PINNED


PINNED = [7, 6, 5, 4, 2, 1, 0, 3]  # resuming an old run must find the same order


def test_draws_are_uniform_and_independent_between_purposes():
    index = np.arange(20_000)
    left, flip = draws(7, 3, index, LEFT), draws(7, 3, index, FLIP)
    assert np.abs(np.bincount(left % np.uint64(8)) / 2500 - 1).max() < 0.1
    assert abs(np.corrcoef(left & np.uint64(1), flip & np.uint64(1))[0, 1]) < 0.03


def numbered(count: int, side: int) -> np.ndarray:
    """Pictures whose every pixel tells its column, row and picture."""
    pixels = np.empty((count, side, side, 3), np.uint8)
    pixels[..., 0] = np.arange(side)[None, None, :]
    pixels[..., 1] = np.arange(side)[None, :, None]
    pixels[..., 2] = np.arange(count)[:, None, None]
    return pixels


def test_random_crop_and_flip_are_repeatable_and_stay_inside():
    images, index = numbered(50, 20), np.arange(50)
    settings = DataSettings(random_crop=0.25, flip=True)

    def cut(epoch: int) -> np.ndarray:
        return gather_augmented(images, index, 16, settings, 5, np.full(50, epoch), index)

    first = cut(0)
    assert (first == cut(0)).all()
    assert (first != cut(1)).any()
    assert (first[:, 0, 0, 2] == index).all()
    mirrored = first[:, 0, 0, 0] > first[:, 0, -1, 0]
    assert 10 < mirrored.sum() < 40
    assert set(first[:, 0, 0, 1].tolist()) == {0, 1, 2, 3, 4}
    assert set(first[..., 0].min(axis=(1, 2)).tolist()) == {0, 1, 2, 3, 4}
    for picture, turned in zip(first, mirrored, strict=True):
        row = picture[0, ::-1, 0] if turned else picture[0, :, 0]
        assert (np.diff(row.astype(int)) == 1).all()


def test_without_augmentation_pictures_come_as_they_are():
    images = numbered(4, 8)
    rows = np.array([3, 1])
    same = gather_augmented(images, rows, 8, DataSettings(), 0, np.zeros(2, int), rows)
    assert (same == images[rows]).all()
    assert gather(images, rows, 6)[0, 0, 0].tolist() == [1, 1, 3]
