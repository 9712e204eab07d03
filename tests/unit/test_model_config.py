"""config.json of a model folder and the tagger that it describes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from admagan.errors import InputError
from admagan.networks.tagger import Tagger
from admagan.schema.model_folder import ModelConfig


def config(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": "shirts",
        "version": "0.1.0",
        "generator": {"condition_dim": 16},
        "memory": {},
        "text": {"hidden_dim": 8},
    }
    return base | changes


def test_what_is_written_is_read_again() -> None:
    first = ModelConfig.parse(config(tagger={"hidden": 4, "thresholds": [0.25]}, attributes=["hat"]), "x")
    assert ModelConfig.parse(first.model_dump(mode="json"), "x") == first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": {"hidden_dim": 9}}, "text.hidden_dim"),
        ({"attributes": ["hat", "beard"], "tagger": {"thresholds": [0.5]}}, "tagger.thresholds"),
        ({"tagger": {"thresholds": [1.5]}}, "tagger.thresholds.0"),
        ({"generator": {"condition_dim": 16, "noise_dim": 2**40}}, "generator.noise_dim: .* 65536"),
        ({"text": {"hidden_dim": 8, "max_tokens": 2**40}}, "text.max_tokens: .* 65536"),
        ({"format": 2}, "format"),
        ({"layers": 3}, "Known fields"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ModelConfig.parse(config(**changes), "config.json")


@pytest.mark.parametrize("hidden", [0, 5])
def test_the_tagger_gives_a_logit_per_attribute(hidden: int) -> None:
    tagger = Tagger(16, 3, hidden)
    assert tagger(torch.randn(2, 16)).shape == (2, 3)
    with pytest.raises(InputError, match="sentence"):
        tagger(torch.randn(2, 15))
