"""Several processes do what one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

SCRIPT = Path(__file__).parents[1] / "helpers" / "two_processes.py"


def launched(processes: int, target: Path) -> dict[str, torch.Tensor]:
    """Return what the script writes, run by this many processes."""
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        str(processes),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [*command, SCRIPT, target], env=environment, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return load_file(target)


@pytest.mark.slow
def test_two_processes_have_the_gradient_of_one(tmp_path):
    one, two = launched(1, tmp_path / "one"), launched(2, tmp_path / "two")
    assert one.keys() == two.keys()
    gradients = [name for name in one if name.startswith("gradient.")]
    assert len(gradients) > 40
    for name in gradients:
        assert torch.allclose(one[name], two[name], rtol=1e-3, atol=1e-6), name
    assert any(one[name].abs().max() > 1e-2 for name in gradients)
