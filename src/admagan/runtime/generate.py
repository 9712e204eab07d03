"""What `admagan generate` does: prompts in, one picture file or many out, and a report of what was understood."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from admagan.bank.words import words
from admagan.errors import InputError
from admagan.files import is_folder, written_aside
from admagan.runtime.pipeline import AdmaGAN, Result, check_number
from admagan.runtime.prompt import Reading, Understood
from admagan.runtime.sheet import Tile, sheet

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
MOST_ON_SHEET = 1_000
MOST_PICTURES = 10_000
"""Of one call: they are kept in memory until all are made."""
LONGEST_FILE = 4_000_000
"""Characters of a file of prompts."""
_LARGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
"""In pixels, that a format can hold."""


class Prompt(NamedTuple):
    """A prompt and where it stands, for messages."""

    text: str
    where: str = "prompt"


@dataclass(frozen=True)
class Request:
    """The options of one call."""

    prompts: Sequence[Prompt]
    """At least one."""
    out: Path
    n: int = 1
    """Pictures of each prompt."""
    seed: int | None = None
    attributes: dict[str, float] = field(default_factory=dict)
    negative: Sequence[str] = ()
    truncation: float = 1.0
    imagine: bool = True
    """Draw what a prompt leaves open."""
    separate: bool = False
    """Write every picture to a file of its own instead of one sheet with captions."""


def generate(model: AdmaGAN, request: Request, as_json: bool = False) -> None:
    """Make the pictures, write them, and say on standard output what was understood."""
    kind = picture_format(request.out)
    _check_number(request)
    started = time.perf_counter()
    # All of them first: what is wrong with the last is said before the first is drawn.
    readings = [_read(model, prompt, request) for prompt in request.prompts]
    results: list[Result] = []
    for reading in _in_turn(readings):
        seed = results[0].seed if results else request.seed
        results.append(model.make(reading, request.n, seed, request.truncation, request.imagine))
    seconds = time.perf_counter() - started
    files = _write(results, request, kind, model.name)
    if as_json:
        report = {
            "model": model.name,
            "truncation": request.truncation,
            "imagine": request.imagine,
            "files": [str(file) for file in files],
            "seconds": round(seconds, 4),
            "results": [result.report() for result in results],
        }
        print(json.dumps(report, ensure_ascii=False))
    else:
        _say(results, files, seconds)


def read_prompts(path: Path) -> list[Prompt]:
    """Return the prompts of a text file: one a line; empty lines and those that begin with # are left out."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LONGEST_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--prompts {path}", "a readable UTF-8 text file", error) from error
    if len(text) > LONGEST_FILE:
        raise InputError(f"--prompts {path}", f"at most {LONGEST_FILE:,} characters", "more")
    numbered = enumerate(text.splitlines(), start=1)
    prompts = [
        Prompt(line.strip(), f"--prompts {path}:{number}")
        for number, line in numbered
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not prompts:
        raise InputError(f"--prompts {path}", "a prompt on each line", "none")
    return prompts


def read_strengths(options: Iterable[str]) -> dict[str, float]:
    """Return name -> strength of options such as `blue hat` (1) and `beard=0.5`."""
    strengths: dict[str, float] = {}
    for option in options:
        name, equals, value = option.rpartition("=")
        name, value = (name, value) if equals else (option, "1")
        try:
            strength = float(value)
        except ValueError as error:
            raise InputError(
                f"--attr {option!r}", "NAME or NAME=STRENGTH, such as beard=0.5", repr(value)
            ) from error
        if not 0 <= strength <= 1:  # nan too
            raise InputError(f"--attr {option!r}", "a strength from 0 to 1", value)
        if strengths.setdefault(name.strip(), strength) != strength:
            raise InputError(
                f"--attr {name.strip()!r}", "one strength", f"{strengths[name.strip()]:g} and {value}"
            )
    return strengths


def picture_format(path: Path, formats: Mapping[str, str] = FORMATS) -> str:
    """Return Pillow's name of the format that the file's ending asks for, of `formats`: ending -> name."""
    if is_folder(path):
        raise InputError(f"--out {path}", "the name of a picture file, such as out.png", "a folder")
    kind = formats.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"--out {path}", f"a name that ends in {', '.join(formats)}", repr(path.suffix))
    return kind


def save_picture(picture: Image.Image, path: Path, kind: str, about: dict[str, Any] | None = None) -> None:
    """Write a picture, atomically; a PNG says in its text chunk `admagan` how it was made."""
    largest = _LARGEST_SIDE.get(kind)
    if largest and max(picture.size) > largest:
        size = f"{picture.width} x {picture.height}"
        raise InputError(f"--out {path}", f"at most {largest:,} pixels a side in {kind}", size, "Use .png.")
    options: dict[str, Any] = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    if kind == "PNG" and about is not None:
        options["pnginfo"] = png_note(about)
    with written_aside(path) as aside:
        picture.save(aside, kind, **options)


def png_note(about: Mapping[str, Any]) -> PngInfo:
    """Return what a PNG says of how it came about: JSON, as text under the name `admagan`."""
    note = PngInfo()
    note.add_itxt("admagan", json.dumps(about, ensure_ascii=False))
    return note


def caption_choices(result: Result) -> list[str]:
    """Return captions for a result: its prompt, or where no font can write that, the names of its attributes.

    What was asked for apart from the prompt stands behind it in brackets.
    """
    present = [attribute.name for attribute in result.attributes if attribute.strength > 0]
    asked = [
        describe(attribute)
        for attribute in result.attributes
        if attribute.source == "option"
        and (attribute.strength < 1 or not _says(result.prompt, attribute.name))
    ]
    return [result.prompt + (f" ({', '.join(asked)})" if asked else ""), ", ".join(present)]


def _says(prompt: str, name: str) -> bool:
    """Tell whether the words of a name stand in a prompt, one after the other."""
    said, named = (f" {' '.join(word.text for word in words(text))} " for text in (prompt, name))
    return named in said


def _check_number(request: Request) -> None:
    check_number(request.n)
    prompts, most = len(request.prompts), MOST_PICTURES if request.separate else MOST_ON_SHEET
    if prompts > 1 and prompts * request.n > most:
        hint = "" if request.separate else "More are possible in files of their own: --separate."
        raise InputError("--prompts with -n", f"at most {most:,} pictures", f"{prompts} x {request.n}", hint)


def _in_turn(readings: Sequence[Reading]) -> Iterable[Reading]:
    """Yield readings, and show how far they are where there are several."""
    if len(readings) == 1:
        return readings
    from admagan.progress import track

    return track(readings, "prompts")


def _read(model: AdmaGAN, prompt: Prompt, request: Request) -> Reading:
    """Read a prompt; errors of it name where it stands."""
    try:
        return model.read(prompt.text, request.attributes, request.negative)
    except InputError as error:
        if error.where != "prompt":
            raise
        raise InputError(prompt.where, error.expected, error.found, error.hint) from error


def _write(results: Sequence[Result], request: Request, kind: str, model: str) -> list[Path]:
    about = {"model": model, "truncation": request.truncation, "imagine": request.imagine}
    if request.separate:
        digits = max(3, len(str(len(results) * request.n - 1)))
        files: list[Path] = []
        for result in results:
            for index, picture in enumerate(result.images):
                files.append(request.out.with_stem(f"{request.out.stem}-{len(files):0{digits}}"))
                save_picture(picture, files[-1], kind, about | result.report() | {"image": index})
        return files
    if len(results) == request.n == 1:
        picture = results[0].images[0]
    else:
        picture = sheet([Tile(result.images, caption_choices(result)) for result in results])
    save_picture(picture, request.out, kind, about | {"results": [result.report() for result in results]})
    return [request.out]


def _say(results: Sequence[Result], files: Sequence[Path], seconds: float) -> None:
    for result in results:
        print(f"{result.prompt}  (seed {result.seed})")
        say_understood(result)
    count = sum(len(result.images) for result in results)
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    shown = str(files[0]) if len(files) == 1 else f"{files[0]} to {files[-1].name}"
    print(f"{shown}: {pictures} in {seconds:.2f} s")


def say_understood(read: Result | Reading) -> None:
    """Print which attributes and which words of a prompt were understood, and which were not."""
    if read.attributes:
        print(f"  understood:      {', '.join(map(describe, read.attributes))}")
    if read.unknown_words:
        print(f"  not understood:  {', '.join(read.unknown_words)}")


def describe(attribute: Understood) -> str:
    """Return an attribute as people say it: "beard 0.5", "no glasses", "smiling (guessed, 80%)"."""
    name = attribute.name if attribute.strength else f"no {attribute.name}"
    strength = f" {attribute.strength:g}" if 0 < attribute.strength < 1 else ""
    sure = f" (guessed, {attribute.confidence:.0%})" if attribute.source == "classifier" else ""
    return f"{name}{strength}{sure}"
