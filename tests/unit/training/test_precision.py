"""What `train.precision: auto` stands for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch

from admagan.schema.settings import resolve_settings
from admagan.training.precision import autocast, chosen_precision, computes_bf16

CPU = torch.device("cpu")


def processor(monkeypatch: pytest.MonkeyPatch, capabilities: Mapping[str, object]) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)


@pytest.mark.parametrize("name", ["avx512_bf16", "amx_bf16", "bf16"])
def test_auto_is_bf16_where_the_processor_has_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    processor(monkeypatch, {"avx2": True, name: True})
    assert chosen_precision(CPU, "auto") == "bf16"


def test_auto_is_fp32_where_bf16_would_be_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    processor(monkeypatch, {"avx2": True, "avx512_f": True, "avx512_bf16": False})
    assert chosen_precision(CPU, "auto") == "fp32"
    with autocast(CPU, "auto"):
        assert not torch.is_autocast_enabled("cpu")


def test_auto_is_fp32_where_torch_is_too_old_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not computes_bf16(CPU)


def test_what_is_asked_for_is_done_on_every_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    processor(monkeypatch, {})
    with autocast(CPU, "bf16"):
        assert torch.get_autocast_dtype("cpu") == torch.bfloat16
        assert torch.is_autocast_enabled("cpu")
    processor(monkeypatch, {"avx512_bf16": True})
    assert chosen_precision(CPU, "fp32") == "fp32"


def test_presets_for_processors_leave_it_to_the_machine_and_the_papers_recipe_does_not() -> None:
    assert resolve_settings("cpu-64").train.precision == "auto"
    assert resolve_settings("cpu-64").text_training.precision == "auto"
    assert resolve_settings("reference-64").train.precision == "fp32"
