"""The term that makes noise matter, in a step of both networks."""

from __future__ import annotations

from dataclasses import replace

import torch
from tiny_gan import tiny_feed, tiny_settings, tiny_trainer

from admagan.schema.settings import Settings


def settings(weight: float) -> Settings:
    tiny = tiny_settings(generator_lr=1e-3)
    return tiny.model_copy(update={"loss": tiny.loss.model_copy(update={"diversity_weight": weight})})


def test_a_step_counts_the_first_quarter_of_the_batch_made_again() -> None:
    trainer, feed = tiny_trainer(settings(2.0)), tiny_feed(settings(2.0))
    batch = feed.step_input(0)
    images, condition, pairs = trainer._make(batch)
    assert pairs is not None
    first, again = pairs
    assert (len(images), len(condition.sentence), len(again)) == (4, 4, 1)
    assert torch.equal(first, images[:1])
    other = replace(batch, noise=batch.noise.roll(1, 0))
    torch.testing.assert_close(again, trainer._make(other)[0][:1])
    terms = trainer.step(batch, 0)
    assert 0 < terms["G.diversity"] <= 0.2


def test_without_it_nothing_is_made_again() -> None:
    trainer, feed = tiny_trainer(settings(0.0)), tiny_feed(settings(0.0))
    batch = feed.step_input(0)
    images, _, pairs = trainer._make(batch)
    assert pairs is None
    assert torch.equal(images, trainer.synthesise(batch.noise, batch.sentence, batch.labels)[0])
    assert "G.diversity" not in trainer.step(batch, 0)


def test_it_teaches_noise_to_matter() -> None:
    difference = {}
    for weight in (0.0, 50.0):
        trainer, feed = tiny_trainer(settings(weight)), tiny_feed(settings(weight))
        for step in range(40):
            trainer.step(feed.step_input(step), step)
        batch = feed.step_input(0)
        sentence, labels = (rows[:1].expand(8, -1) for rows in (batch.sentence, batch.labels))
        noise = torch.randn(8, 6, generator=torch.Generator().manual_seed(1))
        images = trainer.synthesise(noise, sentence, labels)[0]
        difference[weight] = float(images.detach().clamp(-1, 1).std(0).mean())
    assert difference[50.0] > 2 * difference[0.0]
