"""The discriminator: pictures to features, features and sentence to one logit and 2n attribute logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from admagan.networks.pretrained import Lateral, PretrainedEyes
from admagan.networks.resampling import DOWNSAMPLING, spread
from admagan.networks.second_order import Conv2d, average_pool, conv2d, leaky_relu_
from admagan.networks.tensors import SLOPE, full_precision, require_shape
from admagan.schema.model import DiscriminatorConfig, Downsampling


class DiscriminatorBlock(nn.Module):
    """shortcut(x) + g residual(x), half as large; g is learned from 0."""

    def __init__(self, inputs: int, outputs: int, downsampling: Downsampling = "strided") -> None:
        super().__init__()
        self.taps = DOWNSAMPLING[downsampling]
        # Pooling after a convolution of 3x3 is, in one, the size and the work of a plain one of 4x4.
        self.conv1 = Conv2d(inputs, outputs, 3 if downsampling == "pooled" else 4, stride=2, bias=False)
        self.conv2 = Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = Conv2d(inputs, outputs, 1)
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H/2, W/2)."""
        weight = spread(self.conv1.weight, self.taps)
        residual = leaky_relu_(conv2d(x, weight, stride=2, padding=weight.shape[2] // 2 - 1), SLOPE)
        residual = leaky_relu_(self.conv2(residual), SLOPE)
        # A 1x1 convolution commutes with average pooling and costs a quarter after it.
        shortcut = self.shortcut(average_pool(x))
        return torch.addcmul(shortcut, residual, self.gain.to(residual.dtype))


@dataclass(frozen=True)
class Verdict:
    """What the conditional heads say of pictures."""

    logits: Tensor
    """(B,): real, and matching the sentence, where positive."""
    attributes: Tensor
    """(B, 2n): interleaved per attribute: "i, in a real image", "i, in a fake image"."""


class Discriminator(nn.Module):
    """Pictures (B, 3, S, S) in [-1, 1] -> features (B, C, 4, 4); the heads judge features with a sentence.

    Args:
        config: Shape.
        attributes: n, entries of the attribute bank; 0 leaves the attribute head out.
    """

    def __init__(self, config: DiscriminatorConfig, attributes: int) -> None:
        super().__init__()
        self.config = config
        channels = config.block_channels
        self.from_image = Conv2d(3, channels[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            DiscriminatorBlock(inputs, outputs, config.downsampling) for inputs, outputs in pairwise(channels)
        )
        self.eyes = PretrainedEyes(config.size) if config.pretrained else None
        seen = self.eyes.channels if self.eyes else {}
        self.laterals = nn.ModuleDict(
            {
                str(index): Lateral(seen[side], channels[index + 1])
                for index, side in enumerate(self._sides())
                if side in seen
            }
        )
        self.embedding = nn.Linear(channels[-1], config.condition_dim)
        judged = channels[-1] + config.batch_statistics
        self.joint = Conv2d(judged + config.condition_dim, channels[-1], 3, padding=1, bias=False)
        self.logit = Conv2d(channels[-1], 1, 4, bias=False)
        self.attributes = nn.Linear(channels[-1], 2 * attributes, bias=False) if attributes else None

    def _sides(self) -> list[int]:
        """Return the side of each block's result."""
        return [self.config.size >> (index + 1) for index in range(len(self.blocks))]

    def look(self, images: Tensor) -> list[Tensor]:
        """(B, 3, S, S) -> what the pretrained network sees in them, for `features`; nothing, where there is none."""
        return self.eyes(images) if self.eyes else []

    def features(self, images: Tensor, seen: Sequence[Tensor] | None = None) -> Tensor:
        """(B, 3, S, S), and what `look` returned for them, unless it shall be looked at here -> (B, C, 4, 4)."""
        require_shape(images, "images", None, 3, self.config.size, self.config.size)
        waiting = iter(self.look(images) if seen is None else seen)
        x = self.from_image(images.contiguous(memory_format=torch.channels_last))
        for index, block in enumerate(self.blocks):
            x = block(x)
            if str(index) in self.laterals:
                x = self.laterals[str(index)](x, next(waiting))
        features: Tensor = x
        return features

    def embed(self, features: Tensor) -> Tensor:
        """Features (B, C, 4, 4) -> D_img, the pooled image embedding (B, d)."""
        embedding: Tensor = self.embedding(full_precision(features).sum((2, 3)))
        return embedding

    def judge(self, features: Tensor, *sentences: Tensor) -> tuple[Verdict, ...]:
        """Features (B, C, 4, 4) and one or more sentences (B, d) for each -> a verdict for each of the sentences."""
        for sentence in sentences:
            require_shape(sentence, "sentence", len(features), self.config.condition_dim)
        # The released code convolves the concatenation of features and tiled sentence; the sum of both parts is the
        # same, needs the pictures' part once, and the sentence's no convolution.
        if self.config.batch_statistics:
            features = torch.cat([features, batch_deviation(features)], 1)
        of_pictures, of_sentences = self.joint.weight.split(
            [features.shape[1], self.config.condition_dim], dim=1
        )
        pictures = conv2d(features, of_pictures, padding=1)
        verdicts = []
        for sentence in sentences:
            joint = leaky_relu_(pictures + tiled_conv(sentence, of_sentences).to(pictures.dtype), SLOPE)
            verdicts.append(Verdict(self.logit(joint).flatten(), self._attribute_logits(joint)))
        return tuple(verdicts)

    def _attribute_logits(self, joint: Tensor) -> Tensor:
        """Classify the activated joint features, as the released code in effect does."""
        if self.attributes is None:
            return joint.new_zeros(len(joint), 0)
        pooled = F.normalize(full_precision(joint).sum((2, 3)), dim=1)
        logits: Tensor = self.attributes(F.leaky_relu(pooled, SLOPE))
        return logits

    def forward(self, images: Tensor, sentence: Tensor) -> tuple[Verdict, Tensor]:
        """Images (B, 3, S, S) and sentences (B, d) -> verdict and image embedding (B, d)."""
        features = self.features(images)
        (verdict,) = self.judge(features, sentence)
        return verdict, self.embed(features)


def batch_deviation(features: Tensor) -> Tensor:
    """Features (B, C, H, W) -> (B, 1, H, W): their standard deviation over the batch, averaged into one number."""
    variance = full_precision(features).var(0, correction=0)
    return (variance + 1e-8).sqrt().mean().to(features.dtype).expand(len(features), 1, *features.shape[2:])


def tiled_conv(vector: Tensor, weight: Tensor) -> Tensor:
    """Convolve, with padding 1, vectors (B, C) repeated on 4x4 pixels with weight (O, C, 3, 3) -> (B, O, 4, 4)."""
    by_tap = torch.einsum("bc,ockl->bokl", vector, weight)
    # Which of three taps a border leaves inside, for each of four pixels.
    inside = torch.tensor(
        [[0, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 0]], dtype=by_tap.dtype, device=by_tap.device
    )
    return torch.einsum("bokl,yk,xl->boyx", by_tap, inside, inside)
