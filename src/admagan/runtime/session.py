"""The only place that imports ONNX Runtime: without its telemetry, and with errors that name the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from admagan.errors import InputError

# ONNX Runtime reads this when it is imported. Without it, it leaves a device id and a database of events under the
# user's cache folder and may send them away.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(path: Path, threads: int | None = None) -> InferenceSession:
    """Load an ONNX file on the CPU.

    Args:
        path: The file; its weights lie beside it.
        threads: How many to compute with; None: the value of OMP_NUM_THREADS, else one per core.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or _threads_of_environment()
    options.log_severity_level = 4  # what goes wrong is raised
    # Threads that wait by spinning make each other slow where another program wants the cores, by a factor of two.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common base
        raise InputError(str(path), "a network that ONNX Runtime can load", error) from error


def _threads_of_environment() -> int:
    """Return OMP_NUM_THREADS, or 0, which lets ONNX Runtime decide."""
    value = os.environ.get("OMP_NUM_THREADS", "")
    return int(value) if value.isdecimal() else 0
