"""What a frozen ImageNet network sees in a picture, for a discriminator of little experience.

Projected GAN (arXiv:2111.01007) and GALIP (arXiv:2301.12959) learn many times faster with such features; here they
come beside the discriminator's own, into each of its blocks whose side they have.
"""

from __future__ import annotations

from torch import Tensor, nn

from admagan.networks.efficientnet import (
    LAST_CHANNELS,
    EfficientNetLite0,
    lite0_weights,
    normalised,
    statistics,
)
from admagan.networks.second_order import Conv2d, leaky_relu_
from admagan.networks.tensors import SLOPE

SMALLEST = 4  # side of the discriminator's last features
LEAST_DEVIATION = 0.05


class PretrainedEyes(nn.Module):
    """EfficientNet-Lite0's features of pictures: frozen, without a state of its own, each about standard normal.

    Args:
        size: Side S of the pictures.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        weights = lite0_weights()
        self.network = EfficientNetLite0(weights).requires_grad_(False)
        self.sides = [side for side in (size // 4, size // 8, size // 16, size // 32) if side >= SMALLEST]
        for index, (mean, deviation) in enumerate(statistics(weights)[: len(self.sides)]):
            self.register_buffer(f"mean{index}", mean[:, None, None], persistent=False)
            self.register_buffer(
                f"deviation{index}", deviation.clamp_min(LEAST_DEVIATION)[:, None, None], persistent=False
            )

    @property
    def channels(self) -> dict[int, int]:
        """Side -> channels of the features, the largest side first."""
        return dict(zip(self.sides, LAST_CHANNELS, strict=False))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images (B, 3, S, S) -> features (B, C, s, s) of each side in `channels`.

        What is out of [-1, 1] is clipped: a generator could otherwise please with colours that cannot be shown.
        """
        seen = self.network.pyramid(normalised((images.clamp(-1, 1) + 1) / 2), SMALLEST)
        return [
            (features - getattr(self, f"mean{index}")) / getattr(self, f"deviation{index}")
            for index, features in enumerate(seen)
        ]


class Lateral(nn.Module):
    """Brings pretrained features to the channels of the discriminator's block of the same side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        """x (B, Cout, s, s), features (B, Cin, s, s) -> (B, Cout, s, s)."""
        return x + leaky_relu_(self.conv(features), SLOPE).to(x.dtype)
