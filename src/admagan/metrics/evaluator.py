"""The evaluator: an independent classifier of attributes, whose inner features are the data set's own.

It shares no weights and no seed with the networks that it judges, learns with another augmentation (rotation, zoom,
shift, mirror), and never sees a generated picture. Its architecture is of the same kind as that of the picture encoder
of the text stage, which teaches a generator where `loss.recognition_weight` is set.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from admagan.files import sha256, written_aside
from admagan.metrics.choices import Choices
from admagan.metrics.pictures import Activations, FeatureNetwork, resized, unit_range
from admagan.networks.tensors import write_weights
from admagan.schema.evaluation import EvaluatorSettings

EVALUATOR = "evaluator"
"""What reports call it."""


class EvaluatorBlock(nn.Module):
    """relu(shortcut(x) + residual(x)), half as large."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H/2, W/2)."""
        return F.relu(self.shortcut(x) + self.residual(x))


class EvaluatorNetwork(nn.Module):
    """Pictures (B, 3, s, s) in [-1, 1] -> features (B, 8 width) and one logit per attribute (B, n)."""

    def __init__(self, attributes: int, width: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.blocks = nn.Sequential(*(EvaluatorBlock(width * k, width * 2 * k) for k in (1, 2, 4)))
        self.logits = nn.Linear(8 * width, attributes)

    def forward(self, x: Tensor) -> Activations:
        """Return pooled features and logits."""
        x = x.contiguous(memory_format=torch.channels_last)
        features = self.blocks(self.stem(x)).mean((2, 3))
        return Activations(features, self.logits(features))


@dataclass(frozen=True)
class Evaluator(FeatureNetwork):
    """A trained evaluator."""

    network: EvaluatorNetwork
    """In evaluation mode."""
    partition: tuple[tuple[int, ...], ...]
    """Attributes of each choice; see `metrics.choices`."""

    batch = 128

    def activations(self, pictures: Tensor) -> Activations:
        """uint8 (B,3,S,S) -> features (B,8 width) and logits (B,n)."""
        output: Activations = self.network(resized(unit_range(pictures), self.size) * 2 - 1)
        return output

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N,n) logits -> (N,n): how likely each attribute applies; within an exclusive group at most 1 in all."""
        values: NDArray[np.float32] = self._choices.probabilities(torch.from_numpy(logits)).numpy()
        return values

    @cached_property
    def _choices(self) -> Choices:
        return Choices(self.partition)


def save_evaluator(
    network: EvaluatorNetwork,
    partition: list[list[int]],
    settings: EvaluatorSettings,
    path: Path,
) -> None:
    """Write weights, settings and partition as one safetensors file, atomically."""
    about = {"settings": settings.model_dump_json(), "partition": json.dumps(partition)}
    with written_aside(path) as aside:
        write_weights(aside, network.state_dict(), about)


def load_evaluator(path: Path) -> Evaluator:
    """Read what `save_evaluator` wrote."""
    with safe_open(path, "pt") as file:
        about = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    settings = EvaluatorSettings.model_validate_json(about["settings"])
    network = EvaluatorNetwork(len(weights["logits.bias"]), settings.width)
    network.load_state_dict(weights)
    return Evaluator(
        name=EVALUATOR,
        sha256=sha256(path),
        size=settings.size,
        network=network.eval().requires_grad_(False).to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        partition=tuple(tuple(choice) for choice in json.loads(about["partition"])),
    )
