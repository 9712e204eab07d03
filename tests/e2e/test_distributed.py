"""Several processes do what one does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torchrun import torchrun

HELPERS = Path(__file__).parents[1] / "helpers"


def launched(processes: int, target: Path, schedule: str) -> dict[str, torch.Tensor]:
    """Return what two_processes.py writes, run by this many processes."""
    torchrun(processes, HELPERS / "two_processes.py", target, schedule)
    return load_file(target)


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["aaas", "ssss"])
def test_two_processes_have_the_gradient_of_one(tmp_path, schedule):
    one, two = (launched(processes, tmp_path / str(processes), schedule) for processes in (1, 2))
    assert one.keys() == two.keys()
    gradients = [name for name in one if name.startswith("gradient.")]
    assert len(gradients) > 40
    for name in gradients:
        assert torch.allclose(one[name], two[name], rtol=1e-3, atol=1e-6), name
    assert any(one[name].abs().max() > 1e-2 for name in gradients)


@pytest.mark.slow
def test_a_process_that_is_done_does_not_abort_at_its_end():
    torchrun(12, HELPERS / "many_ends.py")


def test_a_process_that_ends_says_what_it_had_to_say_and_keeps_its_status():
    code = "from admagan.training.distributed import end_process; print('said', end=''); end_process(3)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout) == (3, "said")
