"""bf16 or fp32: which of them training computes in, on the machine it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal

import torch

from admagan.schema.train import Precision

IN_HARDWARE = ("avx512_bf16", "amx_bf16", "bf16")
"""Names of what a processor needs of these, x86 or ARM. Others emulate bf16: convolutions take eight times as long."""


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[Any]:
    """Return the context that convolutions and matrix products are computed in."""
    bf16 = chosen_precision(device, precision) == "bf16"
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16)


def chosen_precision(device: torch.device, precision: Precision) -> Literal["bf16", "fp32"]:
    """Return what `auto` stands for on a device, and everything else as it is."""
    if precision == "auto":
        return "bf16" if computes_bf16(device) else "fp32"
    return precision


def computes_bf16(device: torch.device) -> bool:
    """Tell whether a device has instructions for bf16."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Where an older torch does not tell, fp32 is the safe choice.
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(capabilities.get(name, False) for name in IN_HARDWARE)
