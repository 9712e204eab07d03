"""All settings of a run: presets, then files, then the command line, each over the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import model_validator

from admagan.errors import InputError
from admagan.files import write_text
from admagan.schema.bank import BankSettings
from admagan.schema.base import Strict, field_differences, read_yaml
from admagan.schema.data import DataSettings
from admagan.schema.evaluation import EvaluatorSettings
from admagan.schema.loss import LossSettings
from admagan.schema.model import (
    SMALLEST_VOCABULARY,
    DiscriminatorConfig,
    GeneratorConfig,
    MemoryConfig,
    TextConfig,
)
from admagan.schema.text import TaggerSettings, TextTrainingSettings
from admagan.schema.train import FREE_TO_CHANGE, TrainSettings

Overrides = Mapping[str, Any]
"""Section -> field -> value, for some sections and fields."""

SHOWN = 6
"""Changed settings that a message names."""
SHARED = ("size", "condition_dim")
"""Fields that generator and discriminator have in common: set for the generator, and taken over."""


class Settings(Strict):
    """Everything that decides what a run makes of a data set."""

    data: DataSettings = DataSettings()
    """How pictures become training samples."""
    bank: BankSettings = BankSettings()
    """What becomes an attribute."""
    text: TextConfig = TextConfig()
    """Shape of the sentence encoder, and the most that its vocabulary may hold."""
    text_training: TextTrainingSettings = TextTrainingSettings()
    """Training of the sentence encoder."""
    tagger: TaggerSettings = TaggerSettings()
    """The classifier that reads attributes from sentences."""
    generator: GeneratorConfig = GeneratorConfig()
    """Shape of the generator; its size is the size of the pictures everywhere."""
    discriminator: DiscriminatorConfig = DiscriminatorConfig()
    """Shape of the discriminator; size and condition width follow the generator's."""
    memory: MemoryConfig = MemoryConfig()
    """The attribute memory."""
    loss: LossSettings = LossSettings()
    """The objective."""
    train: TrainSettings = TrainSettings()
    """The GAN's training."""
    evaluator: EvaluatorSettings = EvaluatorSettings()
    """The network that judges snapshots."""

    @model_validator(mode="before")
    @classmethod
    def _one_size(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("generator", {}), dict):
            return value
        shared = {name: value.get("generator", {}).get(name) for name in SHARED}
        shared = {name: shared[name] for name in SHARED if shared[name] is not None}
        return value | {"discriminator": shared | (value.get("discriminator") or {})}

    def require_teacher(self, attributes: int = 1) -> None:
        """Raise an `InputError` if the generator shall learn alone, and nothing would teach it.

        Args:
            attributes: Of the bank; as long as it is not known, that there are some.
        """
        if self.train.warm_up and not self.loss.teaches_alone(attributes):
            expected = "0, since nothing would teach the generator alone"
            hint = "Set --loss.reconstruction-weight, or this to 0."
            raise InputError("--train.warm-up", expected, self.train.warm_up, hint)

    @model_validator(mode="after")
    def _recogniser_knows_attributes(self) -> Self:
        if self.loss.recognition_weight and not self.text_training.attribute_weight:
            raise InputError(
                "text_training.attribute_weight",
                "above 0, since loss.recognition_weight is",
                0,
                "Set loss.recognition_weight to 0, or leave this out.",
            )
        return self

    @model_validator(mode="after")
    def _vocabulary_holds_every_byte(self) -> Self:
        if self.text.vocabulary < SMALLEST_VOCABULARY:
            raise InputError("text.vocabulary", f"at least {SMALLEST_VOCABULARY}", self.text.vocabulary)
        return self

    @model_validator(mode="after")
    def _sizes_match(self) -> Self:
        for name in SHARED:
            wanted, found = getattr(self.generator, name), getattr(self.discriminator, name)
            if wanted != found:
                raise InputError(
                    f"discriminator.{name}", f"{wanted}, as generator.{name} says", found, "Leave it out."
                )
        self.text.require_width(self.generator.condition_dim)
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read settings.yaml of a run folder."""
        return cls.parse(read_sections(path), str(path))

    def write(self, path: Path) -> None:
        """Write every field as YAML, atomically; `read`, or `--config`, takes it back."""
        write_text(path, self.to_yaml())

    def recipe(self) -> dict[str, Any]:
        """Return what may not change while a run goes on, as JSON values."""
        value = self.model_dump(mode="json")
        value["train"] = {k: v for k, v in value["train"].items() if k not in FREE_TO_CHANGE}
        return value

    def to_yaml(self) -> str:
        """Return every field as YAML."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def resolve_settings(
    preset: str | Settings, files: Iterable[Path] = (), overrides: Overrides | None = None
) -> Settings:
    """Return the settings of a preset (or others to begin with), with what `files` and then `overrides` say instead.

    Raises:
        InputError: There is no such preset, file or field, or a value does not fit; the message names it.
    """
    value = preset.model_dump(mode="json") if isinstance(preset, Settings) else read_preset(preset)
    layers: list[tuple[Path, dict[str, Any]]] = []
    for file in files:
        value = _layered(value, read_sections(file))
        layers.append((file, value))
    try:
        # everything but what was typed has been parsed before
        return Settings.parse_options(_layered(value, overrides or {}))
    except InputError:
        # Together they are wrong; the first file that is wrong by itself is to be named.
        for file, layer in layers:
            Settings.parse(layer, str(file))
        raise


def _layered(below: Overrides, above: Overrides) -> dict[str, Any]:
    """Return `merged`, where the discriminator follows a new size of the generator."""
    value = merged(below, above)
    changed = set(SHARED) & set(above.get("generator", {}))
    followers = {k: v for k, v in value.get("discriminator", {}).items() if k not in changed}
    return value | {"discriminator": followers | dict(above.get("discriminator", {}))}


def preset_names() -> list[str]:
    """Return the names of the presets that come with the package."""
    return sorted(
        file.name.removesuffix(".yaml") for file in _folder().iterdir() if file.name.endswith(".yaml")
    )


def merged(below: Overrides, above: Overrides) -> dict[str, Any]:
    """Return `below` with the values of `above` over it, section by section."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both = isinstance(value, Mapping) and isinstance(under, Mapping)
        result[key] = merged(under, value) if both else value  # type: ignore[arg-type]
    return result


def differences(old: Settings, new: Settings) -> dict[str, tuple[Any, Any]]:
    """Return the fields of the recipe that differ, as "section.field" -> (old value, new value)."""
    free = {f"train.{name}" for name in FREE_TO_CHANGE}
    return {name: values for name, values in field_differences(old, new).items() if name not in free}


def named(changed: Mapping[str, tuple[Any, Any]]) -> str:
    """Say what `differences` found, for messages."""
    lines = [f"{name} was {old}, is {new}" for name, (old, new) in changed.items()]
    more = f"; and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more


def _folder() -> Any:
    return resources.files("admagan") / "presets"


def read_preset(name: str) -> dict[str, Any]:
    """Return the sections that a preset sets, over those of the preset that it names as its `base`, if any."""
    if name not in preset_names():
        raise InputError("--preset", f"one of {', '.join(preset_names())}", repr(name))
    own: dict[str, Any] = yaml.safe_load((_folder() / f"{name}.yaml").read_text(encoding="utf-8"))
    base = own.pop("base", None)
    return _layered(read_preset(base), own) if base else own


def read_sections(path: Path) -> dict[str, Any]:
    """Return the sections of a YAML file."""
    value = read_yaml(path) or {}
    if not isinstance(value, dict) or not all(isinstance(part, dict) for part in value.values()):
        raise InputError(
            str(path), "sections with fields, such as `train: {batch_size: 32}`", "something else"
        )
    return value
