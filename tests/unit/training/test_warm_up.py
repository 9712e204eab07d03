"""The generator by itself at the start of a run, and the term that it then learns from."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest
import torch
from tiny_gan import tiny_feed, tiny_settings, tiny_trainer

from admagan.errors import InputError
from admagan.losses.reconstruction import reconstruction_loss
from admagan.schema.settings import Settings, resolve_settings
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
    with pytest.raises(InputError, match=r"warm-up: expected 0.*reconstruction"):
        resolve_settings(
            "smoke",
            overrides={
                "train": {"warm_up": 0.1},
                "loss": {"reconstruction_weight": 0.0, "recognition_weight": 0.0},
            },
        )
