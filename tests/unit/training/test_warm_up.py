"""The generator by itself at the start of a run, and the term that it then learns from."""

from __future__ import annotations

import json
import signal
from dataclasses import replace

import pytest
import torch
from tiny_gan import tiny_feed, tiny_settings, tiny_trainer

from admagan.errors import InputError
from admagan.losses.reconstruction import reconstruction_loss
from admagan.schema.settings import Settings
from admagan.training.build import build_trainer, untrained_recogniser
from admagan.training.interrupts import Interrupted
from admagan.training.loop import train_gan


def settings(**train: object) -> Settings:
    return tiny_settings(10.0, generator_lr=1e-3, **train)


def test_equal_pictures_differ_by_nothing_and_colours_count_more_than_noise():
    real = torch.rand(2, 3, 32, 32)
    assert reconstruction_loss(real, real) == 0
    checkers = 0.5 * torch.ones(32, 32)
    checkers[::2, ::2] = checkers[1::2, 1::2] = -0.5
    assert reconstruction_loss(real + 0.5, real) == pytest.approx(0.5, abs=1e-6)
    assert reconstruction_loss(real + checkers, real) == pytest.approx(0.25, abs=1e-6)


def test_the_discriminator_waits_while_the_generator_warms_up():
    tiny = settings()
    trainer, feed = tiny_trainer(tiny), tiny_feed(tiny)
    judged = {name: tensor.clone() for name, tensor in trainer.objective.state_dict().items()}
    made = {name: tensor.clone() for name, tensor in trainer.synthesiser.state_dict().items()}
    for step in range(2):
        assert set(trainer.step(feed.step_input(step), step, alone=True)) == {
            "G.reconstruction",
            "G.gradient",
        }
    assert all(torch.equal(judged[name], t) for name, t in trainer.objective.state_dict().items())
    assert any(not torch.equal(made[name], t) for name, t in trainer.synthesiser.state_dict().items())
    assert {"D.real", "G.adversarial", "G.reconstruction"} <= set(trainer.step(feed.step_input(2), 2))


def test_moments_are_long_only_while_the_generator_is_alone():
    """Adam's mean of gradients is (1 - beta1) of the first, and with beta1 = 0 the last one itself."""
    tiny = settings()
    trainer, feed = tiny_trainer(tiny), tiny_feed(tiny)
    first = trainer.synthesiser.generator.start.weight
    for step, (alone, share) in enumerate(((True, 1 - tiny.train.warm_up_beta1), (False, 1.0))):
        trainer.step(feed.step_input(step), step, alone)
        mean = trainer.generator_optimiser.state[first]["exp_avg"]
        torch.testing.assert_close(mean, share * first.grad)


def test_the_generator_comes_closer_to_its_pictures():
    tiny = settings()
    trainer, feed = tiny_trainer(tiny), tiny_feed(tiny)
    dark = [replace(feed.step_input(step), images=torch.full((4, 3, 32, 32), -0.8)) for step in range(60)]
    losses = [
        float(trainer.step(batch, step, alone=True)["G.reconstruction"]) for step, batch in enumerate(dark)
    ]
    assert losses[-1] < 0.5 * losses[0]


def test_a_run_that_stops_while_warming_up_goes_on_to_the_bit(make_job, monkeypatch):
    whole = make_job("whole", warm_up=0.5, reconstruction_weight=10.0)
    train_gan(whole)
    stopped = make_job("parts", warm_up=0.5, reconstruction_weight=10.0)
    step = stopped.trainer.step
    monkeypatch.setattr(
        stopped.trainer, "step", lambda *args: signal.raise_signal(signal.SIGTERM) or step(*args)
    )
    with pytest.raises(Interrupted):
        train_gan(stopped)
    resumed = make_job("parts", warm_up=0.5, reconstruction_weight=10.0)
    alone = []
    step_on = resumed.trainer.step
    monkeypatch.setattr(resumed.trainer, "step", lambda *args: alone.append(args[2]) or step_on(*args))
    train_gan(resumed)
    assert alone == [True, False, False]
    assert resumed.trainer.tensors().keys() == whole.trainer.tensors().keys()
    for name, tensor in whole.trainer.tensors().items():
        assert torch.equal(resumed.trainer.tensors()[name], tensor), name


def test_a_generator_with_nothing_to_learn_from_cannot_warm_up():
    settings = tiny_settings(warm_up=0.1)
    with pytest.raises(InputError, match=r"--train.warm-up: expected 0.*reconstruction"):
        tiny_trainer(settings)
    asked = settings.model_copy(update={"loss": settings.loss.model_copy(update={"recognition_weight": 1.0})})
    with pytest.raises(InputError, match="warm-up"):
        build_trainer(asked, attributes=0)
    assert untrained_recogniser(asked, 0) is None
    assert untrained_recogniser(asked, 3) is not None


def test_a_run_that_is_made_longer_does_not_begin_alone_again(make_job, monkeypatch):
    train_gan(make_job("run", images=16, warm_up=0.25, reconstruction_weight=10.0))
    longer = make_job("run", images=96, warm_up=0.25, reconstruction_weight=10.0)
    alone = []
    step = longer.trainer.step
    monkeypatch.setattr(longer.trainer, "step", lambda *args: alone.append(args[2]) or step(*args))
    train_gan(longer)
    assert alone == [False] * 20


def test_means_are_of_steps_with_a_discriminator_or_of_steps_without(make_job):
    job = make_job("run", images=16, warm_up=0.5, reconstruction_weight=10.0, report_seconds=1e9)
    train_gan(job)
    lines = [json.loads(line) for line in (job.folder / "metrics.jsonl").read_text().splitlines()]
    first, second = (line for line in lines if "G.reconstruction" in line)
    assert (first["step"], second["step"]) == (2, 4)
    assert "D.real" not in first
    assert second["D.real"] > 0.5


def test_no_picture_is_made_again_while_the_generator_warms_up():
    tiny = settings()
    loss = tiny.loss.model_copy(update={"diversity_weight": 2.0})
    trainer = tiny_trainer(tiny.model_copy(update={"loss": loss}))
    batch = tiny_feed(tiny).step_input(0)
    made = []
    synthesise = trainer.synthesise
    trainer.synthesise = lambda noise, *rest: made.append(len(noise)) or synthesise(noise, *rest)
    trainer.step(batch, 0, alone=True)
    trainer.step(batch, 1)
    assert made == [4, 5]
