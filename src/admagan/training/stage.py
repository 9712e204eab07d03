"""A stage of a run: its result is a folder, whole or absent, and made again only if its inputs have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor, nn

from admagan.files import sha256, write_json, written_aside
from admagan.networks.tensors import packed, write_weights
from admagan.progress import console

WEIGHTS, REPORT = "weights.safetensors", "report.json"
FORMAT = 1


@dataclass(frozen=True)
class Result:
    """What a stage leaves behind."""

    weights: dict[str, Tensor]
    report: dict[str, Any]
    """Scores and the like, for people and for later stages; JSON values."""


def weights_hash(network: nn.Module) -> str:
    """Return the SHA-256 of a network's weights: what a stage that works with it depends on."""
    return hashlib.sha256(packed(network.state_dict())).hexdigest()


@dataclass(frozen=True)
class Stage:
    """Where a stage keeps its result, and what the result depends on."""

    folder: Path
    """Holds weights.safetensors and report.json."""
    inputs: Mapping[str, Any]
    """Name -> JSON value (settings, fingerprints); the result is out of date as soon as one differs."""

    def result(self, of_any_inputs: bool = False) -> Result | None:
        """Return the stored result; None where there is none, it is damaged, or its inputs differ and that counts."""
        try:
            stored = json.loads((self.folder / REPORT).read_bytes())
            current = stored["format"] == FORMAT and (of_any_inputs or stored["inputs"] == self._inputs)
            if not current or stored["sha256"] != sha256(self.folder / WEIGHTS):
                return None
            return Result(load_file(self.folder / WEIGHTS), stored["report"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def announce(self, what: str) -> None:
        """Say that `what` is trained, and what has changed where it was trained before."""
        changed = self._changed()
        why = f" again: {', '.join(changed)} changed since {self.folder}" if changed else ""
        console.print(f"training {what}{why}", highlight=False, markup=False, soft_wrap=True)

    def store(self, result: Result) -> None:
        """Write the result; an older one is replaced in the same instant."""
        with written_aside(self.folder) as aside:
            aside.mkdir()
            write_weights(aside / WEIGHTS, result.weights)
            value = {"format": FORMAT, "inputs": self._inputs, "sha256": sha256(aside / WEIGHTS)}
            write_json(aside / REPORT, value | {"report": result.report})

    def _changed(self) -> list[str]:
        """Return the names of the inputs that differ from those of the stored result; none where there is none."""
        try:
            stored = json.loads((self.folder / REPORT).read_bytes())["inputs"]
            return sorted(
                name for name in stored | self._inputs if stored.get(name) != self._inputs.get(name)
            )
        except (OSError, ValueError, KeyError, TypeError):
            return []

    @property
    def _inputs(self) -> dict[str, Any]:
        """The inputs as they look after reading them back: tuples are lists."""
        inputs: dict[str, Any] = json.loads(json.dumps(dict(self.inputs)))
        return inputs
