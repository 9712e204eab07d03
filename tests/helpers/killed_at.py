"""`killed_at.py STEP train ...`: admagan, whose last process kills itself with SIGKILL at a step, in its first life."""

from __future__ import annotations

import os
import signal
import sys

from admagan.cli import main
from admagan.training.steps import GanTrainer

AT = int(sys.argv.pop(1))
IS_LAST = os.environ.get("RANK", "0") == str(int(os.environ.get("WORLD_SIZE", "1")) - 1)
IS_FIRST_LIFE = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
step = GanTrainer.step


def killed(self, batch, index, alone):
    """Take the step, unless it is the one."""
    if index == AT and IS_LAST and IS_FIRST_LIFE:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, batch, index, alone)


if __name__ == "__main__":
    GanTrainer.step = killed
    main()
