"""One small data set and quick judges for all tests of evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from drawn_set import Drawing, drawing_model, write_drawn_set
from torch import Tensor

from admagan.evaluation import judges, protocol
from admagan.evaluation.protocol import Request, evaluate
from admagan.metrics.pictures import Activations, FeatureNetwork, resized, unit_range
from admagan.schema.evaluation import EvaluatorSettings, JudgeSettings, MatcherSettings
from admagan.schema.report import Report

JUDGES = JudgeSettings(
    evaluator=EvaluatorSettings(size=32, width=4, images=1600, batch_size=16),
    matcher=MatcherSettings(captions=1600, batch_size=16, embedding_dim=16, hidden_dim=8, image_hidden=32),
)


@dataclass(frozen=True)
class Pixels(FeatureNetwork):
    """Stands in for the ImageNet network: an 8 px version of the picture, and its mean colour as logits."""

    batch = 64
    classes = True

    def activations(self, pictures: Tensor) -> Activations:
        small = resized(unit_range(pictures), self.size)
        return Activations(small.flatten(1), small.mean((2, 3)) * 9)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, drawn_set: Path) -> Callable[..., Report]:
    """Return `evaluate` with few replicates and with pixels for features."""
    monkeypatch.setattr(judges, "load_network", lambda name, side: Pixels(name, "0" * 64, 8))
    for name, value in {"HALVES": 4, "REPLICATES": 50, "PROMPTS": 6, "EACH": 3, "COPIES": 30}.items():
        monkeypatch.setattr(protocol, name, value)

    def run(
        networks: Drawing, out: Path, compare: Path | None = None, data: Path = drawn_set, **options: object
    ) -> Report:
        model = drawing_model(drawn_set.parent / "model", networks)
        request = Request(**({"samples": 60, "judging": JUDGES} | options))  # type: ignore[arg-type]
        return evaluate(model, data, out, request, compare)

    return run


@pytest.fixture(scope="session")
def drawn_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_drawn_set(tmp_path_factory.mktemp("drawn") / "squares")
