"""A tiny model that draws when a test lets it, and engines that are closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from held import Held

from admagan.runtime.pipeline import AdmaGAN
from admagan.serve.engine import Engine
from admagan.serve.limits import Limits


@pytest.fixture
def model(tiny_model: Path) -> AdmaGAN:
    folder = AdmaGAN.load(tiny_model).folder
    return AdmaGAN(folder, Held(folder))


@pytest.fixture
def start(model: AdmaGAN) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def call(**limits: float) -> Engine:
        engines.append(Engine(model, Limits(**limits)))
        return engines[-1]

    yield call
    model.networks.gate.set()
    for engine in engines:
        engine.close(10)
