"""What a frozen picture encoder asks of generated pictures."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from admagan.errors import InputError
from admagan.losses.objective import recognised_terms
from admagan.losses.recognition import recognition_gap, recognition_loss
from admagan.networks.image_encoder import ImageEncoder
from admagan.schema.loss import LossSettings
from admagan.schema.settings import resolve_settings

ALL = torch.ones(4, 5, dtype=torch.bool)


@pytest.fixture
def labels() -> torch.Tensor:
    return (torch.rand(4, 5, generator=torch.Generator().manual_seed(0)) < 0.5).float()


def test_loss_is_the_cross_entropy_summed_over_attributes(labels):
    assert recognition_loss(torch.zeros(4, 5), labels, ALL) == pytest.approx(5 * math.log(2))


def test_what_is_not_known_takes_no_part(labels):
    known = ALL.clone()
    known[:, 2] = False
    logits, other = torch.randn(2, 4, 5)
    other = torch.where(known, logits, other)
    real = torch.randn(4, 5)
    assert recognition_loss(logits, labels, known) == recognition_loss(other, labels, known)
    assert recognition_gap(logits, real, labels, known) == recognition_gap(other, real, labels, known)


def test_a_picture_as_clear_as_the_real_one_owes_nothing(labels):
    real = torch.randn(4, 5)
    clearer = real + (2 * labels - 1)
    assert recognition_gap(real, real, labels, ALL) == 0
    assert recognition_gap(clearer, real, labels, ALL) == 0


def test_a_clear_attribute_does_not_make_up_for_another(labels):
    real = torch.zeros(4, 5)
    made = 3 * (2 * labels - 1)
    made[:, 0] *= -1
    gap = recognition_gap(made, real, labels, ALL)
    assert gap == pytest.approx(float(F.softplus(torch.tensor(3.0))) - math.log(2), rel=1e-5)


def test_only_the_pictures_that_were_made_get_a_gradient(labels):
    made, real = (torch.randn(4, 5, requires_grad=True) for _ in range(2))
    recognition_gap(made, real, labels, ALL).backward()
    assert real.grad is None
    assert made.grad is not None
    assert made.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("weights", "names"),
    [
        ({"recognition_weight": 0.5}, {"recognition"}),
        ({"damsm_weight": 0.5}, {"damsm"}),
        ({"recognition_weight": 0.5, "damsm_weight": 2.0}, {"recognition", "damsm"}),
    ],
)
def test_terms_have_their_weights_and_reach_the_pixels(labels, weights, names):
    torch.manual_seed(0)
    encoder = ImageEncoder(8, attributes=5, width=4, size=32).eval().requires_grad_(False)
    real, sentence = torch.rand(4, 3, 32, 32), torch.randn(4, 8)
    fake = torch.rand(4, 3, 32, 32, requires_grad=True)
    parts = [
        recognised_terms(encoder, fake, real, sentence, labels, ALL, LossSettings(**scaled))
        for scaled in (weights, {name: 3 * value for name, value in weights.items()})
    ]
    assert set(parts[0]) == names
    for name in names:
        assert parts[1][name].item() == pytest.approx(3 * parts[0][name].item())
    torch.stack(list(parts[0].values())).sum().backward()
    assert fake.grad is not None
    assert fake.grad.abs().sum() > 0


def test_a_gap_is_no_use_without_a_network_that_knows_attributes():
    with pytest.raises(
        InputError, match=r"attribute-weight: expected above 0, since loss.recognition_weight"
    ):
        resolve_settings(
            "smoke",
            overrides={"loss": {"recognition_weight": 1.0}, "text_training": {"attribute_weight": 0.0}},
        )


def test_pictures_of_one_caption_are_no_negatives_in_half_precision_either(labels):
    torch.manual_seed(0)
    encoder = ImageEncoder(8, attributes=5, width=4, size=32).eval().requires_grad_(False)
    fake, sentence = torch.rand(4, 3, 32, 32), torch.randn(1, 8).repeat(4, 1)
    with torch.autocast("cpu", torch.bfloat16):
        terms = recognised_terms(encoder, fake, fake, sentence, labels, ALL, LossSettings(damsm_weight=1.0))
    assert terms["damsm"].item() == pytest.approx(0, abs=1e-6)
