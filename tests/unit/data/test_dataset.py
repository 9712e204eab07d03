"""Batches as pure functions of (seed, step, rank)."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from admagan.data.dataset import Samples, TrainingSet
from admagan.errors import InputError
from admagan.schema.data import DataSettings


def training_set(count: int = 10, batch_size: int = 4, seed: int = 1, **kwargs) -> TrainingSet:
    """Sample i: colour i, stored in reverse; i % 3 + 1 captions from token 10 i + 1 up; attribute i % 5."""
    images = np.empty((count, 10, 10, 3), np.uint8)
    images[:] = np.arange(count)[::-1, None, None, None]
    numbers = np.arange(count) % 3 + 1
    captions = np.concatenate([[0], np.cumsum(numbers)])
    owner = np.repeat(np.arange(count), numbers)
    which = np.arange(captions[-1]) - captions[owner]
    samples = Samples(
        rows=np.arange(count)[::-1].copy(),
        tokens=np.stack([10 * owner + 1 + which, np.zeros_like(owner)], axis=1).astype(np.int32),
        lengths=np.ones(len(owner), np.int32),
        captions=captions,
        attributes=np.eye(5, dtype=np.float32)[np.arange(count) % 5],
        known=np.ones((count, 5), bool),
    )
    return TrainingSet(images, samples, 8, batch_size, seed, DataSettings(random_crop=0.25, **kwargs))


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 4), st.integers(0, 5))
def test_ranks_together_show_every_sample_once_an_epoch(count, batch_size, world, epoch):
    data = training_set(count, batch_size)
    per_step = batch_size * world
    first, last = epoch * count, (epoch + 1) * count
    seen = [
        data.batch(step, rank, world).indices.tolist()
        for step in range(first // per_step, last // per_step + 1)
        for rank in range(world)
    ]
    sequence = list(chain.from_iterable(seen))[first % per_step :][:count]
    assert sorted(sequence) == list(range(count))


def test_a_batch_depends_on_seed_step_and_rank_alone():
    data, again = training_set(100), training_set(100)
    for step in (30, 3, 29):
        again.batch(step)
    for name, tensor in vars(data.batch(7, 1, 2)).items():
        assert torch.equal(tensor, vars(again.batch(7, 1, 2))[name]), name
    indices = data.batch(7, 1, 2).indices.tolist()
    assert indices != data.batch(7, 0, 2).indices.tolist()
    assert indices != data.batch(8, 1, 2).indices.tolist()
    assert indices != training_set(100, seed=2).batch(7, 1, 2).indices.tolist()


def test_the_same_samples_whatever_the_number_of_processes():
    one, two = training_set(20, batch_size=8), training_set(20, batch_size=4)
    together = [i for rank in range(2) for i in two.batch(3, rank, 2).indices.tolist()]
    assert together == one.batch(3).indices.tolist()


def test_everything_of_a_sample_belongs_together():
    batch = training_set(30, batch_size=30).batch(0)
    assert batch.images.shape == (30, 3, 8, 8)
    assert batch.images.dtype == torch.float32
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert batch.tokens.dtype == batch.lengths.dtype == batch.indices.dtype == torch.int64
    assert batch.known.dtype == torch.bool
    colour = ((batch.images[:, 0, 0, 0] + 1) * 127.5).round().long()
    assert torch.equal(colour, batch.indices)
    assert torch.equal((batch.tokens[:, 0] - 1) // 10, batch.indices)
    assert torch.equal(batch.attributes.argmax(dim=1), batch.indices % 5)


def test_captions_change_from_epoch_to_epoch():
    data = training_set(3, batch_size=3)
    seen = {int(token) for step in range(60) for token in data.batch(step).tokens[:, 0]}
    assert seen == {1, 11, 12, 21, 22, 23}


def test_pixels_span_minus_one_to_one():
    data = training_set(2)
    data.images[0], data.images[1] = 0, 255
    images = data.plain(np.array([1, 0])).images
    assert images[0].unique().tolist() == [-1.0]
    assert images[1].unique().tolist() == [1.0]


def test_plain_samples_come_in_the_order_asked_for():
    data = training_set(9, flip=True)
    batch = data.plain(np.array([2, 8, 1]), caption=2)
    assert batch.indices.tolist() == [2, 8, 1]
    assert batch.tokens[:, 0].tolist() == [23, 83, 11]
    assert ((batch.images[:, 0, 0, 0] + 1) * 127.5).round().tolist() == [2, 8, 1]


def test_an_empty_split_is_refused():
    with pytest.raises(InputError, match="pictures in this split"):
        training_set(0)
