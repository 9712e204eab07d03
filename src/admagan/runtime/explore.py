"""Ways through a model: between prompts or seeds, one attribute from 0 to 1, attributes against attributes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from admagan.errors import InputError
from admagan.files import written_aside
from admagan.runtime.generate import FORMATS, picture_format, save_picture
from admagan.runtime.imagination import Mask, filled
from admagan.runtime.networks import Floats
from admagan.runtime.pipeline import AdmaGAN
from admagan.runtime.prompt import Reading, asked_for
from admagan.runtime.sheet import Tile, matrix_sheet, sheet

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_STEPS, MOST_ROWS = 200, 20
FRAME_MILLISECONDS = 80
NONE = "-"
"""In a matrix: a row or column without an attribute of its own."""


@dataclass(frozen=True)
class Scene:
    """What does not change along a way."""

    prompt: str = ""
    seed: int = 0
    rows: int = 1
    """How many different noises; each makes a row of pictures."""
    truncation: float = 1.0
    attributes: dict[str, float] = field(default_factory=dict)
    negative: Sequence[str] = ()


@dataclass(frozen=True)
class Way:
    """Pictures in rows of one length, and what each column is called ("" for nothing)."""

    rows: Sequence[Sequence[Image]]
    labels: Sequence[str]


def interpolate(model: AdmaGAN, scene: Scene, to_prompt: str, to_seed: int | None, steps: int) -> Way:
    """Go from a scene to another prompt, another seed, or both.

    Sentence embeddings and strengths of attributes change linearly, also of those that the ends leave open and that are
    drawn for them; noise turns, and its length stays about the same.

    Args:
        model: The model.
        scene: Where to begin.
        to_prompt: Where to end; empty: with the same prompt.
        to_seed: The seed to end with; None: the same.
        steps: Pictures in a row, both ends included.
    """
    if not to_prompt and to_seed is None:
        raise InputError("interpolate", "a second prompt, --to-seed, or both", "neither")
    parts = _parts(steps)
    start = model.read(scene.prompt, scene.attributes, scene.negative)
    end = model.read(to_prompt or start.prompt, scene.attributes, scene.negative)
    last_seed = scene.seed if to_seed is None else to_seed

    @cache
    def of_row(row: int) -> tuple[Reading, Reading]:
        return model.imagine(start, scene.seed, [row])[0], model.imagine(end, last_seed, [row])[0]

    def cell(row: int, column: int) -> tuple[Floats, Reading]:
        noise = [model.noise(seed, row, scene.truncation) for seed in (scene.seed, last_seed)]
        return turned(noise[0], noise[1], parts[column]), between(*of_row(row), parts[column])

    ends = (start.prompt, end.prompt) if to_prompt else (f"seed {scene.seed}", f"seed {last_seed}")
    return _draw(model, scene, [ends[0], *[""] * (steps - 2), ends[1]], cell)


def sweep(model: AdmaGAN, scene: Scene, attribute: str, steps: int) -> Way:
    """Turn one attribute up from 0 to 1, in `steps` pictures a row; what is left open stays the same in a row.

    Where there is no hat there is no blue hat either: what the lack of it rules out comes in with it.
    """
    index = model.attributes.index(attribute)
    name = model.attributes.names[index]
    _require_free(model, scene, [name], "as it is swept")
    asked = [other for other, strength in scene.attributes.items() if strength > 0]
    prompt = scene.prompt or ", ".join((*asked, name))
    parts = _parts(steps)
    without, whole = (
        model.read(prompt, scene.attributes | {name: end}, scene.negative) for end in (0.0, 1.0)
    )
    without = _guessing_as(without, whole, model.attributes.kinds_of({index}))

    @cache
    def of_row(row: int) -> tuple[Reading, Reading]:
        example = model.imagine.example(whole, scene.seed, row)
        return filled(without, example), filled(whole, example)

    def cell(row: int, column: int) -> tuple[Floats, Reading]:
        return model.noise(scene.seed, row, scene.truncation), between(*of_row(row), parts[column])

    return _draw(model, scene, [f"{name} {part:.2f}" for part in parts], cell)


def matrix(model: AdmaGAN, scene: Scene, rows: Sequence[str], columns: Sequence[str]) -> Image:
    """Draw every attribute of `rows` with every attribute of `columns`; "-" is no attribute.

    Noise, and what is left open, are the same in all pictures.

    Raises:
        InputError: An attribute is unknown, or there are too many.
    """
    if scene.rows != 1:
        raise InputError("rows", "1, as a matrix has one noise", scene.rows)
    for option, names in (("--rows", rows), ("--columns", columns)):
        if not 1 <= len(names) <= MOST_ROWS:
            raise InputError(option, f"1 to {MOST_ROWS} attributes, separated by commas", len(names))
    named = [name for name in (*rows, *columns) if name != NONE]
    _require_free(model, scene, named, "as it varies here")
    wanted = [{name: 1.0 for name in (row, column) if name != NONE} for row in rows for column in columns]
    readings = [model.read(scene.prompt, scene.attributes | both, scene.negative) for both in wanted]
    noise = model.noise(scene.seed, 0, scene.truncation)
    bank = model.attributes
    varied = bank.with_rivals(bank.parts_of(map(bank.index, named)))
    # What is left open follows what all pictures have in common.
    common = model.read(readings[0].prompt, scene.attributes, scene.negative)
    neutral = replace(
        common, strengths=np.where(varied, 0, common.strengths), is_said=common.is_said & ~varied
    )
    example = model.imagine.example(neutral, scene.seed, 0)
    readings = [filled(_guessing_as(reading, common, varied), example) for reading in readings]
    pictures = model.draw(np.stack([noise] * len(readings)), readings)
    shown = [["" if name == NONE else name for name in names] for names in (rows, columns)]
    return matrix_sheet(shown[0], shown[1], pictures)


def way_format(path: Path) -> str:
    """Return Pillow's name of the format that a way is written in, by the file's ending."""
    return picture_format(path, FORMATS | {".gif": "GIF"})


def write_way(way: Way, path: Path) -> None:
    """Write a way as one picture, a row for each noise, or as an animation that goes there and back (.gif)."""
    kind = way_format(path)
    if kind != "GIF":
        last = len(way.rows) - 1
        tiles = [
            Tile([picture], [label] if number == last else [])
            for number, row in enumerate(way.rows)
            for picture, label in zip(row, way.labels, strict=True)
        ]
        save_picture(sheet(tiles, columns=len(way.labels)), path, kind)
        return
    frames = [sheet([Tile([row[column]]) for row in way.rows]) for column in range(len(way.labels))]
    rest = [*frames[1:], *frames[-2:0:-1]]
    with written_aside(path) as aside:
        frames[0].save(aside, kind, save_all=True, append_images=rest, duration=FRAME_MILLISECONDS, loop=0)


def between(start: Reading, end: Reading, part: float) -> Reading:
    """Return the reading that is `part` (0 to 1) of the way from one to another."""
    sentence = (1 - part) * start.sentence + part * end.sentence
    strengths = (1 - part) * start.strengths + part * end.strengths
    return replace(start, sentence=sentence.astype(np.float32), strengths=strengths.astype(np.float32))


def turned(start: Floats, end: Floats, part: float) -> Floats:
    """Return the noise that is `part` (0 to 1) of the way from one to another, on the arc between them (slerp)."""
    cosine = float(start @ end / (np.linalg.norm(start) * np.linalg.norm(end)))
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    if angle < 1e-6:
        return start
    first, second = (math.sin(share * angle) / math.sin(angle) for share in (1 - part, part))
    return (first * start + second * end).astype(np.float32)


def _guessing_as(reading: Reading, other: Reading, but: Mask) -> Reading:
    """Return a reading that guesses, and leaves open, what `other` does, `but` (n,) for some: else a way would change
    more than it says."""
    guesses = np.where(other.is_said | but, 0, other.strengths)
    strengths = np.where(reading.is_said, reading.strengths, guesses).astype(np.float32)
    return replace(reading, strengths=strengths, is_open=other.is_open & ~reading.is_said & ~but)


def _require_free(model: AdmaGAN, scene: Scene, names: Sequence[str], why: str) -> None:
    """Raise an `InputError` where an attribute that changes is asked for by the scene as well."""
    bank = model.attributes
    asked = asked_for(bank, scene.attributes, scene.negative)
    told = asked.keys() | bank.parts_of(index for index, strength in asked.items() if strength > 0)
    for name in names:
        if bank.index(name) in told:
            raise InputError(f"attribute {name!r}", f"none of --attr and --not, {why}", "one")


def _parts(steps: int) -> list[float]:
    if not 2 <= steps <= MOST_STEPS:
        raise InputError("--steps", f"2 to {MOST_STEPS}", steps)
    return [step / (steps - 1) for step in range(steps)]


def _draw(
    model: AdmaGAN, scene: Scene, labels: Sequence[str], cell: Callable[[int, int], tuple[Floats, Reading]]
) -> Way:
    """Draw the noise and reading that `cell` gives for each row and column."""
    if not 1 <= scene.rows <= MOST_ROWS:
        raise InputError("-n", f"1 to {MOST_ROWS} rows", scene.rows)
    across = len(labels)
    cells = [cell(row, column) for row in range(scene.rows) for column in range(across)]
    pictures = model.draw(np.stack([noise for noise, _ in cells]), [reading for _, reading in cells])
    return Way([pictures[start : start + across] for start in range(0, len(pictures), across)], labels)
