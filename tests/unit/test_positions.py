"""What the places of a picture are told about where they are."""

from __future__ import annotations

import pytest
import torch

from admagan.networks.condition import Condition
from admagan.networks.generator import Generator
from admagan.networks.positions import cosines
from admagan.schema.model import GeneratorConfig


@pytest.mark.parametrize(("channels", "side"), [(3, 4), (40, 4), (16, 64)])
def test_waves_are_different_ones_without_a_mean(channels: int, side: int) -> None:
    waves = cosines(channels, side)
    assert waves.shape == (1, channels, side, side)
    assert waves.abs().max() <= 1
    torch.testing.assert_close(waves.mean((2, 3)), torch.zeros(1, channels), atol=1e-5, rtol=0)
    different = min(channels, side * side - 1)
    flat = waves[0, :different].flatten(1)
    products = flat @ flat.T
    torch.testing.assert_close(products, torch.diag(products.diag()), atol=1e-3, rtol=0)


def test_the_longest_waves_come_first() -> None:
    places = torch.cos((torch.arange(8) + 0.5) * (torch.pi / 8))
    flat = torch.ones(8)
    expected = [torch.outer(flat, places), torch.outer(places, flat), torch.outer(places, places)]
    torch.testing.assert_close(cosines(3, 8)[0], torch.stack(expected))
    waves = cosines(63, 8)[0]
    roughness = [float(sum(wave.diff(dim=axis).square().sum() for axis in (0, 1))) for wave in waves]
    assert sum(roughness[:20]) < sum(roughness[-20:]) / 3


def test_places_are_learned_up_to_the_side_that_is_given() -> None:
    config = GeneratorConfig(size=32, width=2, condition_dim=8, noise_dim=4, positions=16)
    generator = Generator(config)
    places = {name: p for name, p in generator.named_parameters() if name.endswith("positions")}
    assert [tuple(p.shape) for p in places.values()] == [
        (1, channels, side, side) for channels, side in zip(config.block_channels, (4, 8, 16), strict=False)
    ]
    condition = Condition(torch.randn(2, 8), torch.randn(2, 8))
    generator(torch.randn(2, 4), condition).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in places.values())
