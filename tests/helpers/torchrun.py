"""Several processes, as torchrun starts them."""

from __future__ import annotations

import os
import subprocess
import sys


def torchrun(processes: int, *arguments: object) -> subprocess.CompletedProcess:
    """Run a script, after torchrun's own options, as this many processes, all of which must end well."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    result = subprocess.run(
        [*launcher, "--nproc-per-node", str(processes), *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    return result
