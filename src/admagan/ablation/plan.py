"""From questions to runs: arms with the same settings, which appear in several questions, are trained once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from admagan.ablation.questions import QUESTIONS, Arm, Question, chosen_questions
from admagan.errors import InputError
from admagan.progress import console
from admagan.schema.base import fingerprint
from admagan.schema.model import MemoryConfig, block_count
from admagan.schema.settings import Overrides, Settings, merged, resolve_settings
from admagan.training.folder import DEFAULT_PRESET

BUDGET = ("images", "minutes", "snapshot_images", "quality_samples", "state_minutes", "report_seconds")
"""Of `train`: how long every arm may take, and what it is watched with meanwhile."""
COARSE_BLOCKS = 3
DEFAULT_ARM = "default"
"""Name of the arm that has the settings as they were given."""


@dataclass(frozen=True)
class Given:
    """Settings as they were typed; they hold for every arm."""

    preset: str | None = None
    files: Sequence[Path] = ()
    overrides: Overrides = field(default_factory=dict)

    def base(self) -> Settings:
        """Return the settings of an arm that has none of its own."""
        if "seed" in self.overrides.get("train", {}):
            raise InputError("--train.seed", "left out", self.overrides["train"]["seed"], "Use --seeds.")
        return resolve_settings(self.preset or DEFAULT_PRESET, self.files, self.overrides)

    def of(self, arm: Arm, base: Settings) -> Settings:
        """Return the settings of an arm: those given, or its own preset under them, then its own overrides."""
        below = base
        if arm.preset is not None:
            kept = resolve_settings(arm.preset, overrides=_common(base))
            below = resolve_settings(kept, self.files, self.overrides)
        own = resolve_settings(below, overrides=_expanded(arm.overrides, block_count(base.generator.size)))
        own.require_teacher()
        return own


@dataclass(frozen=True)
class Run:
    """One training with one evaluation."""

    arm: str
    settings: Settings

    @property
    def seed(self) -> int:
        """Of weights, order and noise, and of the text encoder."""
        return self.settings.train.seed

    @property
    def name(self) -> str:
        """Of its folders."""
        return f"{self.arm}-{self.seed}"

    def seeded(self, seed: int) -> Run:
        """Return it with another seed."""
        train = self.settings.train.model_copy(update={"seed": seed})
        return Run(self.arm, self.settings.model_copy(update={"train": train}))


@dataclass(frozen=True)
class Line:
    """A line of a question's table."""

    label: str
    paper: str
    arm: str
    """Whose runs answer it."""


@dataclass(frozen=True)
class Table:
    """A question with the arms that answer it."""

    question: Question
    lines: tuple[Line, ...]

    @property
    def reference(self) -> Line:
        """The line that others are held against: the settings as given, else the first."""
        return next((line for line in self.lines if line.arm == DEFAULT_ARM), self.lines[0])


@dataclass(frozen=True)
class Plan:
    """Everything that is to be done."""

    base: Settings
    tables: tuple[Table, ...]
    runs: tuple[Run, ...]
    """Seed by seed, so that each finished seed has every arm."""


def make_plan(given: Given, questions: Sequence[str] | None, seeds: Sequence[int]) -> Plan:
    """Return tables and runs.

    Args:
        given: The settings.
        questions: Names; None: all that these settings leave open.
        seeds: Of each arm, different ones.

    Raises:
        InputError: A setting does not fit, or two arms of a question that was named would be the same.
    """
    base = given.base()
    arms = {_key(base): Run(DEFAULT_ARM, base)}
    tables = []
    chosen, named = chosen_questions(questions), questions is not None
    for question in QUESTIONS:  # all of them, so that an arm has the same name whatever is asked
        try:
            settings = [given.of(arm, base) for arm in question.arms]
        except InputError as error:  # what was typed does not go with an arm
            if question in chosen:
                _leave_out(question, named, f"of {error}", error)
            continue
        found = [
            arms.setdefault(_key(value), Run(arm.name, value)).arm
            for arm, value in zip(question.arms, settings, strict=True)
        ]
        if question not in chosen:
            continue
        if same := _same_arms(question, found):
            where = f"--questions {question.name}"
            refusal = InputError(where, "arms that differ", f"{same}, with these settings")
            _leave_out(question, named, f"{same} with these settings", refusal)
            continue
        lines = zip(question.arms, found, strict=True)
        tables.append(Table(question, tuple(Line(arm.label, arm.paper, name) for arm, name in lines)))
    asked = {line.arm for table in tables for line in table.lines}
    runs = [run.seeded(seed) for seed in seeds for run in arms.values() if run.arm in asked]
    return Plan(base, tuple(tables), tuple(runs))


def _leave_out(question: Question, named: bool, why: str, error: InputError) -> None:
    """Say that a question is left out, and why; where it was asked for by name, raise the error instead."""
    if named:
        raise error
    console.print(f"left out: {question.name}, because {why}", highlight=False, markup=False)


def _common(base: Settings) -> Overrides:
    """Return what every arm has in common: size, data, how pictures are judged, and the budget."""
    values = base.model_dump(mode="json")
    train = {name: values["train"][name] for name in BUDGET}
    common = {name: values[name] for name in ("data", "bank", "evaluator")}
    return common | {"generator": {"size": base.generator.size}, "train": train}


def _expanded(overrides: Overrides, blocks: int) -> Overrides:
    schedule = overrides.get("generator", {}).get("schedule")
    if schedule is None:
        return overrides
    first, between, last = schedule
    letters = first * COARSE_BLOCKS + between * (blocks - COARSE_BLOCKS - 1) + last
    return merged(overrides, {"generator": {"schedule": letters}})


def _same_arms(question: Question, names: Sequence[str]) -> str:
    """Return which two arms would be trained alike, as words; empty if none."""
    seen: dict[str, str] = {}
    for arm, name in zip(question.arms, names, strict=True):
        other = seen.setdefault(name, arm.label)
        if other != arm.label:
            return f"{other!r} and {arm.label!r} are the same"
    return ""


def _key(settings: Settings) -> str:
    """Return the same for settings that train alike, however they are written."""
    value: dict[str, Any] = settings.model_dump(mode="json")
    memory: Mapping[str, Any] = value["memory"]
    if settings.memory.mode == "none":
        memory = MemoryConfig(mode="none").model_dump()
    elif settings.memory.mode != "sample_joint":
        memory = MemoryConfig(mode=memory["mode"], initialisation=memory["initialisation"]).model_dump()
    shapes = {
        "generator": value["generator"]
        | {"schedule": settings.generator.block_conditions, "multipliers": settings.generator.block_channels},
        "discriminator": value["discriminator"] | {"multipliers": settings.discriminator.block_channels},
    }
    return fingerprint(value | shapes | {"memory": memory})
