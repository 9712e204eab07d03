"""Generator, discriminator and their building blocks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.networks.condition import Condition
from admagan.networks.discriminator import Discriminator, batch_deviation
from admagan.networks.generator import Generator
from admagan.networks.modulation import modulated_conv
from admagan.networks.resampling import DOWNSAMPLING, UPSAMPLING, spread, upsampling_kernel
from admagan.networks.second_order import average_pool, conv2d, leaky_relu_
from admagan.networks.synthesiser import build_synthesiser
from admagan.networks.text_encoder import TextEncoder
from admagan.schema.model import DiscriminatorConfig, GeneratorConfig, MemoryConfig, TextConfig

SIZES = (32, 64, 128, 256, 512)


def condition(batch: int, width: int = 256) -> Condition:
    return Condition(torch.randn(batch, width), torch.randn(batch, width))


def shaken(module: torch.nn.Module) -> torch.nn.Module:
    """Move every parameter away from its start, where many are zero or one and hide mistakes."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


@pytest.mark.parametrize("size", SIZES)
def test_sizes_from_noise_to_logits(size: int) -> None:
    generator = Generator(GeneratorConfig(size=size, width=2))
    discriminator = Discriminator(DiscriminatorConfig(size=size, width=2), attributes=5)
    given = condition(2)
    images = generator(torch.randn(2, 100), given)
    assert images.shape == (2, 3, size, size)
    verdict, embedding = discriminator(images, given.sentence)
    assert verdict.logits.shape == (2,)
    assert verdict.attributes.shape == (2, 10)
    assert embedding.shape == (2, 256)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 48}, r"size.*power of two from 32 to 512.*48"),
        ({"size": 1024}, r"size.*power of two from 32 to 512.*1024"),
        ({"size": 64, "schedule": "aass"}, r"generator\.schedule.*5 letters.*'aass'"),
        ({"size": 64, "schedule": "aaxss"}, r"generator\.schedule.*a, s, b.*'aaxss'"),
        ({"size": 64, "multipliers": (8, 4, 2)}, r"generator\.multipliers.*5 numbers.*\[8, 4, 2\]"),
        ({"output": "sigmoid"}, r"output"),
    ],
)
def test_generator_settings_that_cannot_be(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GeneratorConfig(**settings)  # type: ignore[arg-type]


def test_discriminator_settings_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"discriminator\.multipliers.*7 numbers"):
        DiscriminatorConfig(size=256, multipliers=(1, 2))


def test_wrong_shapes_are_named() -> None:
    generator = Generator(GeneratorConfig(size=32, width=2))
    with pytest.raises(
        ValueError, match=r"noise: expected a tensor of shape \(any, 100\), found shape \(2, 99\)"
    ):
        generator(torch.randn(2, 99), condition(2))
    with pytest.raises(ValueError, match=r"condition\.sentence: .*\(3, 256\), found shape \(2, 256\)"):
        generator(torch.randn(3, 100), condition(2))
    discriminator = Discriminator(DiscriminatorConfig(size=32, width=2), 3)
    with pytest.raises(ValueError, match=r"images: .*\(any, 3, 32, 32\), found shape \(1, 3, 64, 64\)"):
        discriminator(torch.randn(1, 3, 64, 64), torch.randn(1, 256))
    with pytest.raises(ValueError, match=r"sentence: "):
        discriminator(torch.randn(2, 3, 32, 32), torch.randn(1, 256))


@pytest.mark.parametrize("schedule", ["aaas", "ssss", "bbbb", "asbs"])
@pytest.mark.parametrize("noise_in_condition", [False, True])
def test_each_block_listens_to_its_own_condition(schedule: str, noise_in_condition: bool) -> None:
    config = GeneratorConfig(size=32, width=2, schedule=schedule, noise_in_condition=noise_in_condition)
    generator = shaken(Generator(config))
    given = Condition(*(torch.randn(2, 256, requires_grad=True) for _ in range(2)))
    generator(torch.randn(2, 100), given).square().sum().backward()
    assert (given.attributes.grad is not None) == bool(set("ab") & set(schedule))
    assert (given.sentence.grad is not None) == bool(set("sb") & set(schedule))


def test_upsampling_and_convolving_in_one_equals_doing_both() -> None:
    x, weight = torch.randn(2, 3, 5, 5, dtype=torch.double), torch.randn(4, 3, 3, 3, dtype=torch.double)
    apart = F.conv2d(F.interpolate(x, scale_factor=2.0, mode="nearest"), weight, padding=1)
    torch.testing.assert_close(F.conv_transpose2d(x, upsampling_kernel(weight), stride=2, padding=1), apart)


def test_filtered_upsampling_and_convolving_in_one_equals_doing_both_inside() -> None:
    x, weight = torch.randn(2, 3, 6, 6, dtype=torch.double), torch.randn(4, 3, 3, 3, dtype=torch.double)
    apart = F.conv2d(F.interpolate(x, scale_factor=2.0, mode="bilinear"), weight, padding=1)
    kernel = upsampling_kernel(weight, UPSAMPLING["filtered"])
    together = F.conv_transpose2d(x, kernel, stride=2, padding=2)
    inside = (
        ...,
        slice(2, -2),
        slice(2, -2),
    )  # at the border, interpolation repeats pixels and padding adds zeros
    torch.testing.assert_close(together[inside], apart[inside])


def test_filters_keep_the_brightness() -> None:
    x, weight = torch.ones(1, 1, 8, 8), torch.randn(1, 1, 4, 4)
    plain, blurred = (
        F.conv2d(x, weight, stride=2),
        F.conv2d(x, spread(weight, DOWNSAMPLING["filtered"]), stride=2),
    )
    torch.testing.assert_close(blurred, plain[..., :2, :2])


def test_pooling_after_a_convolution_is_one_convolution() -> None:
    x, weight = torch.randn(2, 3, 8, 8), torch.randn(4, 3, 3, 3)
    apart = F.avg_pool2d(F.conv2d(x, weight, padding=1), 2)
    together = F.conv2d(x, spread(weight, DOWNSAMPLING["pooled"]), stride=2, padding=1)
    torch.testing.assert_close(together, apart)


@pytest.mark.parametrize("downsampling", ["strided", "pooled", "filtered"])
def test_every_downsampling_halves(downsampling: str) -> None:
    config = DiscriminatorConfig(size=64, width=2, downsampling=downsampling)
    assert Discriminator(config, 3).features(torch.randn(1, 3, 64, 64)).shape == (1, 32, 4, 4)


def test_discriminator_with_filter_and_batch_statistics() -> None:
    config = DiscriminatorConfig(size=32, width=2, downsampling="filtered", batch_statistics=True)
    discriminator = shaken(Discriminator(config, 3))
    images, sentence = torch.randn(4, 3, 32, 32), torch.randn(4, 256)
    verdict, embedding = discriminator(images, sentence)
    assert (verdict.logits.shape, embedding.shape) == ((4,), (4, 256))
    alike = discriminator(images[:1].expand(4, -1, -1, -1), sentence[:1].expand(4, -1))[0].logits
    assert not torch.isclose(alike[0], verdict.logits[0])
    features = discriminator.features(images)
    torch.testing.assert_close(batch_deviation(features)[0, 0, 0, 0], features.std(0, correction=0).mean())


@pytest.mark.parametrize("transposed", [False, True])
def test_modulated_convolution_in_training_equals_the_plain_one(transposed: bool) -> None:
    shape = (3, 4, 4, 4) if transposed else (4, 3, 3, 3)
    inputs = [torch.randn(s, dtype=torch.double) for s in ((2, 3, 4, 4), (4, 2, 3, 1, 1), shape, (4,))]
    with torch.no_grad():
        plain = modulated_conv(*inputs, transposed=transposed)
    for tensor in inputs:
        tensor.requires_grad_()
    torch.testing.assert_close(modulated_conv(*inputs, transposed=transposed), plain)
    assert torch.autograd.gradcheck(lambda *t: modulated_conv(*t, transposed=transposed), inputs)


def test_second_derivatives() -> None:
    x = torch.randn(2, 3, 6, 6, dtype=torch.double, requires_grad=True)
    weight = torch.randn(4, 3, 3, 3, dtype=torch.double, requires_grad=True)
    bias = torch.randn(4, dtype=torch.double, requires_grad=True)

    def network(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return average_pool(leaky_relu_(conv2d(x, weight, bias, stride=1, padding=1), 0.2) ** 2)

    assert torch.autograd.gradcheck(network, (x, weight, bias))
    assert torch.autograd.gradgradcheck(network, (x, weight, bias))
    assert torch.autograd.gradgradcheck(
        lambda x, w, b: conv2d(x, w, b, stride=2, padding=1), (x, weight, bias)
    )


@pytest.mark.parametrize("size", [32, 64])
def test_folded_generator_makes_the_same_pictures(size: int) -> None:
    generator = shaken(Generator(GeneratorConfig(size=size, width=4)))
    noise, given = torch.randn(3, 100), condition(3)
    with torch.no_grad():
        plain = generator(noise, given)
        torch.testing.assert_close(generator.fold()(noise, given), plain)


def test_tanh_output_stays_in_range() -> None:
    generator = shaken(Generator(GeneratorConfig(size=32, width=2, output="tanh")))
    images = generator(30 * torch.randn(2, 100), condition(2))
    assert images.abs().max() <= 1


def test_baseline_has_no_memory() -> None:
    config = GeneratorConfig(size=32, width=2, noise_in_condition=True)
    synthesiser = build_synthesiser(config, MemoryConfig(mode="none"), attributes=7)
    sentence = torch.randn(2, 256)
    _, given = synthesiser(torch.randn(2, 100), sentence, torch.zeros(2, 7))
    assert given.attributes is sentence
    assert not synthesiser.reads_memory
    assert build_synthesiser(config, MemoryConfig(), attributes=0).memory is None


def test_text_encoder_ignores_padding() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(TextConfig(vocabulary=50, max_tokens=9)).eval()
    tokens = torch.randint(1, 50, (3, 9))
    lengths = torch.tensor([9, 4, 1])
    features = encoder(tokens, lengths)
    assert features.sentence.shape == (3, 256)
    assert features.words.shape == (3, 9, 256)
    assert features.mask.sum(1).tolist() == [9, 4, 1]
    alone = encoder(tokens[1:2, :4], lengths[1:2])
    torch.testing.assert_close(alone.sentence, features.sentence[1:2])
    torch.testing.assert_close(alone.words, features.words[1:2, :4])
    assert not features.words[1, 4:].any()
