"""The run folder: what lies where, and with which settings it was begun."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from admagan import __version__
from admagan.errors import InputError
from admagan.files import read_json, write_json
from admagan.schema.model_folder import LONGEST_NAME
from admagan.schema.settings import Overrides, Settings, differences, named, resolve_settings

DEFAULT_PRESET = "cpu-64"
ANOTHER_RUN = "another --out (with --init to begin from this run's model)"
"""What messages propose to whom cannot go on."""


@dataclass(frozen=True)
class RunFolder:
    """Paths below a run folder."""

    path: Path

    @property
    def name(self) -> str:
        """What its models are called."""
        return self.path.resolve().name[:LONGEST_NAME] or "model"

    @property
    def settings(self) -> Path:
        """All settings, resolved: `admagan train` with this folder alone goes on with them."""
        return self.path / "settings.yaml"

    @property
    def data(self) -> Path:
        """Attribute bank and tokenizer."""
        return self.path / "data"

    @property
    def text(self) -> Path:
        """The sentence encoder."""
        return self.path / "text"

    @property
    def tagger(self) -> Path:
        """The tagger."""
        return self.path / "tagger"

    @property
    def start(self) -> Path:
        """A copy of the model folder that the run began with, where there was one."""
        return self.path / "init"

    @property
    def states(self) -> Path:
        """The state of GAN training."""
        return self.path / "state"

    @property
    def model(self) -> Path:
        """The finished model folder, of the last weights."""
        return self.path / "model"

    @property
    def best_model(self) -> Path:
        """The model folder of the weights with the best snapshot."""
        return self.path / "model-best"

    @property
    def has_state(self) -> bool:
        """Whether GAN training has begun."""
        return self.states.is_dir() and any(path.name.isdecimal() for path in self.states.iterdir())

    @property
    def kept_start(self) -> Path | None:
        """The copy of the model that GAN training was begun from, if it has begun, and from one."""
        return self.start if self.has_state and self.start.is_dir() else None

    def lock(self) -> AbstractContextManager[object]:
        """Make the folder, and keep other processes from training in it until this is left or the process ends.

        Raises:
            InputError: Another process trains in it, or it cannot be written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return FileLock(self.path / "lock").acquire(blocking=False)
        except Timeout as error:
            hint = "Wait for it or stop it, or name another --out."
            raise InputError(str(self.path), "a folder that nobody trains in", "one in use", hint) from error
        except OSError as error:
            raise InputError(str(self.path), "a folder that can be written", error.strerror) from error

    def resolved(
        self,
        preset: str | None,
        files: Sequence[Path],
        overrides: Overrides,
        shapes: Overrides | None = None,
        resume: bool = False,
    ) -> Settings:
        """Return the settings for this folder: without a preset those it was begun with, else the preset's.

        Args:
            preset: Name, or None.
            files: YAML files over the preset.
            overrides: What the command line says, over the files.
            shapes: What a model to begin from says, over the preset.
            resume: Whether there has to be something to go on with.

        Raises:
            InputError: GAN training has begun with another recipe; or `resume`, and it has not begun.
        """
        if resume and not self.has_state:
            raise InputError(
                f"{self.path}: --resume", "a run that was begun", "no state", "Leave --resume out to begin."
            )
        earlier = Settings.read(self.settings) if self.settings.is_file() else None
        base = earlier if earlier and not preset else resolve_settings(preset or DEFAULT_PRESET)
        settings = resolve_settings(resolve_settings(base, overrides=shapes), files, overrides)
        changed = differences(earlier, settings) if earlier and self.has_state else {}
        if changed:
            raise InputError(
                str(self.path),
                "the settings that its training was begun with",
                named(changed),
                f"Take those back, or {ANOTHER_RUN}.",
            )
        return settings

    def begin(self, settings: Settings, data: Path, content: str) -> None:
        """Write settings.yaml, and run.json with the place of the data set and the fingerprint of its content."""
        settings.write(self.settings)
        facts = {"admagan": __version__, "data": str(data), "content": content}
        write_json(self.path / "run.json", facts)

    def require_same_data(self, content: str) -> None:
        """Raise an `InputError` if GAN training has begun on other content than this."""
        facts = read_json(self.path / "run.json")
        if self.has_state and isinstance(facts, dict) and facts.get("content") != content:
            raise InputError(
                str(self.path),
                f"the data set that its training was begun with, from {facts.get('data')}",
                "records or pictures that have changed since",
                f"Take the former data back, or {ANOTHER_RUN}.",
            )
