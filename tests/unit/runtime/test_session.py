"""ONNX Runtime is loaded in one place, quietly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from admagan.errors import InputError
from admagan.runtime.session import open_session


def test_onnx_runtime_leaves_nothing_in_the_home_folder(tiny_model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from admagan.runtime.session import open_session;"
        "open_session(Path(sys.argv[1]) / 'tagger.onnx')"
    )
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    subprocess.run([sys.executable, "-c", code, tiny_model], env=kept | {"HOME": str(tmp_path)}, check=True)
    assert not list(tmp_path.rglob("*"))


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tagger.onnx"
    path.write_bytes(b"no network")
    with pytest.raises(InputError, match=r"tagger\.onnx"):
        open_session(path)
