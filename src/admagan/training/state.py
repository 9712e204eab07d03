"""What a run needs to go on exactly where it was: two generations on disk, whole or refused.

Batches, noise and attribute dropout are pure functions of (seed, step, rank), so the weights, the optimisers, the
averages and a few numbers are everything. A generation is a folder `state/STEP` with `tensors.safetensors` and
`state.json`, which holds the checksum of the former.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import NonNegativeFloat, NonNegativeInt
from rich.markup import escape
from safetensors.torch import load_file
from torch import Tensor

from admagan.errors import InputError
from admagan.files import clear_left_overs, remove, sha256, write_json, written_aside
from admagan.networks.tensors import write_weights
from admagan.progress import console
from admagan.schema.base import Strict
from admagan.schema.settings import Settings, differences, named

KEPT = 2
TENSORS, CARD = "tensors.safetensors", "state.json"


class Progress(Strict):
    """How far a run is."""

    step: NonNegativeInt = 0
    """Steps taken."""
    images: NonNegativeInt = 0
    """Real images shown, over all processes."""
    seconds: NonNegativeFloat = 0.0
    """Wall time spent in training, over all sittings."""
    setbacks: NonNegativeInt = 0
    """Returns to an earlier state after a loss or gradient that was not finite; each halves the learning rates."""

    warmed_up: bool = False
    """Whether both networks have been trained: the generator then learns alone no more, however long a resumed run is
    made."""

    def after_step(self, images: int, seconds: float, alone: bool = False) -> Progress:
        """Return where a step of this many images leads, `seconds` after the start; `alone`: of the generator."""
        return self.model_copy(
            update={
                "step": self.step + 1,
                "images": self.images + images,
                "seconds": seconds,
                "warmed_up": not alone,
            }
        )


class StateCard(Strict):
    """Content of state.json."""

    format: Literal[2] = 2
    progress: Progress
    data: str
    """Fingerprint of the data set and of all that was made of it."""
    settings: dict[str, Any]
    """The recipe: settings that must not change. Those that a later version adds have their defaults here."""
    text: str
    """SHA-256 of the weights of the sentence encoder."""
    sha256: str
    """Of tensors.safetensors."""


@dataclass(frozen=True)
class State:
    """One generation."""

    progress: Progress
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class Identity:
    """What a state belongs to: another data set, other settings or another encoder would make it meaningless."""

    data: str
    """Fingerprint of the data set and of all that was made of it."""
    settings: Settings
    text: str | None = None
    """SHA-256 of the weights of the sentence encoder; None: not known yet, so not compared."""


class StateFolder:
    """The generations of one run."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self.folder = folder
        self.identity = identity

    def generations(self) -> list[Path]:
        """Return the folders of all generations, newest first."""
        return _generations(self.folder)

    def save(self, progress: Progress, tensors: Mapping[str, Tensor]) -> None:
        """Write a generation aside, give it its name, then remove all but the newest two.

        Generations of later steps go as well: training went back behind them, or they were torn.
        """
        clear_left_overs(self.folder)
        target = self.folder / f"{progress.step:09d}"
        try:
            with written_aside(target) as aside:
                aside.mkdir()
                file = aside / TENSORS
                write_weights(file, tensors)
                card = StateCard(
                    progress=progress,
                    data=self.identity.data,
                    settings=self.identity.settings.recipe(),
                    text=self.identity.text or "",
                    sha256=sha256(file),
                )
                write_json(aside / CARD, card.model_dump(mode="json"))
        except InputError as error:
            kept = "The states before it are untouched: mend this and run the same command again to go on."
            raise InputError(str(target), "room to save the state of training", error.found, kept) from error
        generations = self.generations()
        newest = generations.index(target)
        for old in {*generations} - {*generations[newest : newest + KEPT]}:
            remove(old)

    def load(self) -> State | None:
        """Return the newest generation that is whole, or None where there is none at all.

        Raises:
            InputError: There are generations, but none that can be used.
        """
        refused = []
        for path in self.generations():
            try:
                state = self._read(path)
            except InputError as error:
                refused.append(str(error))
                console.print(f"[yellow]not used:[/] {escape(str(error))}", highlight=False)
            else:
                return state
        if refused:
            hint = "Move the folder away to begin anew."
            raise InputError(str(self.folder), "a state to go on from", "none that is whole", hint)
        return None

    def check(self) -> None:
        """Raise an `InputError` if the newest readable generation belongs to other data or other settings."""
        for path in self.generations():
            try:
                card = StateCard.read(path / CARD)
            except InputError:
                continue
            self._require_same(path, card)
            return

    def _read(self, path: Path) -> State:
        card = StateCard.read(path / CARD)
        file = path / TENSORS
        if not file.is_file() or sha256(file) != card.sha256:
            raise InputError(str(file), f"SHA-256 {card.sha256[:12]}…", "a torn or changed file")
        self._require_same(path, card)
        return State(card.progress, load_file(file))

    def _require_same(self, path: Path, card: StateCard) -> None:
        new = "Use another --out, or begin from these weights with --init."
        if card.data != self.identity.data:
            raise InputError(
                str(path), "a state of this data set", "one of a data set that has changed since", new
            )
        changed = differences(Settings.parse(card.settings, str(path)), self.identity.settings)
        if changed:
            raise InputError(str(path), "a state of these settings", named(changed), new)
        if self.identity.text not in (None, card.text):
            raise InputError(
                f"{path}: text encoder", "the one that it was trained with", "another", f"Take it back. {new}"
            )


def latest_progress(folder: Path) -> Progress | None:
    """Return how far the newest generation in a state folder is; None where there is none."""
    for path in _generations(folder):
        return StateCard.read(path / CARD).progress
    return None


def _generations(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.isdecimal()), reverse=True)
