"""The generator: noise and condition in, picture out, in one stage (DF-GAN's backbone, Adma-GAN 3.4)."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from admagan.networks.condition import Condition
from admagan.networks.modulation import ConditionHidden, PairModulation, PixelNorm, modulated_conv
from admagan.networks.positions import cosines
from admagan.networks.resampling import UPSAMPLING, upsampling_kernel
from admagan.networks.tensors import SLOPE, require_shape
from admagan.schema.model import GeneratorConfig, Normalisation, Upsampling


class GeneratorBlock(nn.Module):
    """(1 - g) shortcut(x) + g residual(x, condition), twice as large with `upsampling`.

    `positions` is the side of the output, where its places have learned features of their own.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        hidden: int,
        upsampling: Upsampling | None,
        normalisation: Normalisation = "none",
        positions: int | None = None,
    ) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.normalise = {"none": nn.Identity(), "pixel": PixelNorm()}[normalisation]
        self.modulation1 = PairModulation(hidden, inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulation2 = PairModulation(hidden, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None
        self.positions = nn.Parameter(cosines(outputs, positions)) if positions else None
        self.gain = nn.Parameter(torch.full((1,), 0.5))
        self.folded: _BlockWeights | None = None

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """x (B, Cin, H, W), hidden (B, 2, 4, h) -> (B, Cout, H, W), or (B, Cout, 2H, 2W)."""
        # Upsampling by repetition commutes with everything pointwise, so it is left as late as can be.
        weights = self.folded or self.weights()
        residual = modulated_conv(
            self.normalise(x), self.modulation1(hidden[:, 0]), *weights.conv1, self.upsampling is not None
        )
        residual = self.normalise(residual)
        if self.positions is not None:
            residual = residual + self.positions.to(residual.dtype)
        residual = modulated_conv(residual, self.modulation2(hidden[:, 1]), *weights.conv2)
        weight, bias = weights.shortcut
        shortcut = x * weight.to(x.dtype) if bias is None else F.conv2d(x, weight, bias)
        if self.upsampling == "nearest":
            shortcut = F.interpolate(shortcut, scale_factor=2.0, mode="nearest")
        elif self.upsampling == "filtered":
            shortcut = F.interpolate(shortcut, scale_factor=2.0, mode="bilinear")
        return residual + shortcut

    def weights(self) -> _BlockWeights:
        """Return the convolutions' weights and biases as they are applied.

        Both paths end in something linear, so that weighing their small weights weighs the pictures.
        """
        weight, bias = _parameters(self.conv1)
        conv1 = (upsampling_kernel(weight, UPSAMPLING[self.upsampling]) if self.upsampling else weight, bias)
        weight, bias = _parameters(self.conv2)
        conv2 = (self.gain * weight, self.gain * bias)
        if self.shortcut is None:
            return _BlockWeights(conv1, conv2, (1 - self.gain, None))
        weight, bias = _parameters(self.shortcut)
        return _BlockWeights(conv1, conv2, ((1 - self.gain) * weight, (1 - self.gain) * bias))


class _BlockWeights(NamedTuple):
    conv1: tuple[Tensor, Tensor]
    conv2: tuple[Tensor, Tensor]
    shortcut: tuple[Tensor, Tensor | None]


def _parameters(conv: nn.Conv2d) -> tuple[Tensor, Tensor]:
    assert conv.bias is not None
    return conv.weight, conv.bias


class Generator(nn.Module):
    """Noise z (B, Z) and a condition -> images (B, 3, S, S), nominally in [-1, 1]; clip a linear output to show it."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        channels, conditions = config.block_channels, config.block_conditions
        width = config.condition_dim
        self.start = nn.Linear(config.noise_dim, channels[0] * 4 * 4)
        self.hidden = nn.ModuleDict(
            {
                letter: ConditionHidden(self._condition_width(letter), width, 2 * conditions.count(letter))
                for letter in sorted(set(conditions))
            }
        )
        self.blocks = nn.ModuleList(
            GeneratorBlock(
                inputs,
                outputs,
                width,
                config.upsampling if index else None,
                config.normalisation,
                side if (side := 4 * 2**index) <= config.positions else None,
            )
            for index, (inputs, outputs) in enumerate(pairwise((channels[0], *channels)))
        )
        self.to_image = nn.Conv2d(channels[-1], 3, 3, padding=1)

    @torch.no_grad()
    def fold(self) -> Self:
        """Compute once what depends on weights alone: for generating, with weights, type and layout that will stay."""
        for block in self.blocks:
            assert isinstance(block, GeneratorBlock)
            block.folded = block.weights()
        return self

    def _condition_width(self, letter: str) -> int:
        noise = self.config.noise_dim if self.config.noise_in_condition else 0
        return self.config.condition_dim * (2 if letter == "b" else 1) + noise

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """z (B, Z), e_s and e_a (B, d) -> (B, 3, S, S)."""
        require_shape(noise, "noise", None, self.config.noise_dim)
        require_shape(condition.sentence, "condition.sentence", len(noise), self.config.condition_dim)
        require_shape(condition.attributes, "condition.attributes", len(noise), self.config.condition_dim)
        hidden = self._block_hidden(noise, condition)
        x = self.start(noise).view(len(noise), -1, 4, 4).contiguous(memory_format=torch.channels_last)
        for block, block_hidden in zip(self.blocks, hidden, strict=True):
            x = block(x, block_hidden)
        image = cast(Tensor, self.to_image(F.leaky_relu(x, SLOPE)))
        return image.tanh() if self.config.output == "tanh" else image

    def _block_hidden(self, noise: Tensor, condition: Condition) -> list[Tensor]:
        """Return the hidden activations (B, 2, 4, h) of each block's two pairs of affine layers."""
        s, a = condition.sentence, condition.attributes
        sources = {"a": a, "s": s, "b": torch.cat([a, s], 1)}
        streams = {}
        for letter, layer in self.hidden.items():
            source = sources[letter]
            source = torch.cat([noise, source], 1) if self.config.noise_in_condition else source
            streams[letter] = iter(layer(source).split(2, dim=1))
        return [next(streams[letter]) for letter in self.config.block_conditions]
