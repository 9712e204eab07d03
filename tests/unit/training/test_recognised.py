"""The frozen picture encoder in a step of both networks."""

from __future__ import annotations

import torch
from tiny_gan import ATTRIBUTES, tiny_feed, tiny_settings

from admagan.networks.image_encoder import ImageEncoder
from admagan.training.build import build_trainer, untrained_recogniser
from admagan.training.steps import GanTrainer


def trainer_with(weight: float, **train: float) -> GanTrainer:
    tiny = tiny_settings(generator_lr=1e-3, **train)
    loss = tiny.loss.model_copy(update={"recognition_weight": weight, "damsm_weight": weight})
    torch.manual_seed(3)
    recogniser = ImageEncoder(8, ATTRIBUTES, width=4, size=32).eval().requires_grad_(False)
    assert recogniser.to_attributes is not None
    recogniser.to_attributes.weight.mul_(20)  # as if it had learned to tell them apart
    settings = tiny.model_copy(update={"loss": loss})
    return build_trainer(settings, ATTRIBUTES, recogniser=recogniser)


def last_gap(weight: float) -> float:
    """Return the mean gap of the last of 40 steps, whatever its weight."""
    trainer, feed = trainer_with(weight), tiny_feed(tiny_settings())
    gaps = [float(trainer.step(feed.step_input(step), step)["G.recognition"]) / weight for step in range(40)]
    return sum(gaps[-8:]) / 8


def test_it_teaches_the_generator_and_learns_nothing_itself() -> None:
    trainer, feed = trainer_with(1.0), tiny_feed(tiny_settings())
    assert trainer.recogniser is not None
    before = {name: tensor.clone() for name, tensor in trainer.recogniser.state_dict().items()}
    terms = trainer.step(feed.step_input(0), 0)
    assert {"G.recognition", "G.damsm"} <= set(terms)
    after = trainer.recogniser.state_dict()
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items())
    assert not any("recogniser" in name for name in trainer.tensors())


def test_attributes_that_it_misses_become_fewer() -> None:
    assert last_gap(20.0) < 0.7 * last_gap(1e-6)


def test_alone_a_part_of_the_weight_counts() -> None:
    terms = {}
    for share in (1.0, 0.25):
        trainer, feed = trainer_with(2.0, warm_up_recognition=share), tiny_feed(tiny_settings())
        terms[share] = [
            trainer.step(feed.step_input(0), 0, alone)["G.recognition"] for alone in (True, False)
        ]
    (alone, together), (less_alone, as_before) = terms[1.0], terms[0.25]
    assert torch.isclose(less_alone, alone / 4)
    assert as_before > together / 2


def test_speed_is_measured_with_one_where_the_objective_asks_it() -> None:
    tiny = tiny_settings()
    assert untrained_recogniser(tiny, ATTRIBUTES) is None
    asked = tiny.model_copy(update={"loss": tiny.loss.model_copy(update={"recognition_weight": 1.0})})
    recogniser = untrained_recogniser(asked, ATTRIBUTES)
    assert recogniser is not None
    assert recogniser(torch.zeros(2, 3, 32, 32)).attributes.shape == (2, ATTRIBUTES)
