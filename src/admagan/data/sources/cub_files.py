"""The tables of CUB-200-2011, as published: one file of numbers and names each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from admagan.errors import InputError
from admagan.progress import track

T = TypeVar("T")
LABELS = "attributes/image_attribute_labels.txt"


@dataclass(frozen=True)
class Labels:
    """What annotators said about one image."""

    present: frozenset[int]
    """Attribute numbers, from 1, that are there, surely enough."""
    judged: frozenset[int]
    """Attribute numbers that somebody could tell about, surely enough; the others are unknown."""


def find_file(roots: Iterable[Path], name: str, purpose: str, hint: str = "") -> Path:
    """Return the first `root`/`name` that exists; `InputError` names the place of the published layout."""
    roots = list(roots)
    for root in roots:
        if (root / name).exists():
            return root / name
    raise InputError(str(roots[0] / name), f"this part of CUB-200-2011, {purpose}", "no such file", hint)


def read_table(file: Path, parse: Callable[[list[str]], tuple[int, T]], expected: str) -> dict[int, T]:
    """Return number -> value of a file with one a line.

    Args:
        file: To read.
        parse: Makes (number, value) of the columns of a line; raises ValueError or IndexError where it cannot.
        expected: What a line should look like, for the error message.
    """
    table: dict[int, T] = {}
    for line, text in read_lines(file):
        try:
            number, value = parse(text.split())
        except (ValueError, IndexError) as error:
            raise InputError(f"{file}:{line}", expected, repr(text)) from error
        if number in table:
            raise InputError(f"{file}:{line}", "each number once", f"{number} again")
        table[number] = value
    return table


def read_names(file: Path) -> dict[int, str]:
    """Return number -> name of a file with lines such as `1 001.Black_footed_Albatross/…_18.jpg`."""
    return read_table(file, lambda row: (int(row[0]), row[1]), "a number and a name")


def read_boxes(file: Path) -> dict[int, tuple[float, float, float, float]]:
    """Return image number -> x, y, width, height in pixels."""
    return read_table(
        file,
        lambda row: (int(row[0]), (float(row[1]), float(row[2]), float(row[3]), float(row[4]))),
        "an image number, x, y, width and height",
    )


def read_numbers(file: Path) -> dict[int, int]:
    """Return image number -> number, of train_test_split.txt."""
    return read_table(file, lambda row: (int(row[0]), int(row[1])), "two numbers")


def read_labels(file: Path, least_certainty: int) -> dict[int, Labels]:
    """Return image number -> what is said of it, of attributes/image_attribute_labels.txt.

    A line is image, attribute, present (0 or 1), certainty (1 not visible, 2 guessing, 3 probably, 4 definitely)
    and seconds. Some published lines have columns too many; only the first four are read.
    """
    present: dict[int, set[int]] = {}
    judged: dict[int, set[int]] = {}
    for line, text in track(read_lines(file), "Reading attribute labels"):
        try:
            image, attribute, is_present, certainty = map(int, text.split(None, 4)[:4])
        except ValueError as error:
            expected = "numbers of image and attribute, 0 or 1, certainty"
            raise InputError(f"{file}:{line}", expected, repr(text)) from error
        if certainty >= least_certainty:
            judged.setdefault(image, set()).add(attribute)
            if is_present:
                present.setdefault(image, set()).add(attribute)
    nothing: set[int] = set()
    return {
        image: Labels(frozenset(present.get(image, nothing)), frozenset(attributes))
        for image, attributes in judged.items()
    }


def read_classes(file: Path, known: Iterable[str]) -> frozenset[str]:
    """Return the class names that a text file lists, one a line: `001.Black_footed_Albatross`, or without number."""
    names = {
        alias: name for name in known for alias in (name, name.partition(".")[2], name.partition(".")[0])
    }
    listed = set()
    for line, text in read_lines(file):
        name = names.get(text.strip().replace(" ", "_"))
        if name is None:
            raise InputError(f"{file}:{line}", "the name of a class, as in classes.txt", repr(text))
        listed.add(name)
    if not listed:
        raise InputError(str(file), "class names, one a line", "an empty file")
    return frozenset(listed)


def read_captions(file: Path) -> list[str]:
    """Return the lines of a caption file that are not blank; bytes that are not UTF-8 become spaces."""
    try:
        text = file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise InputError(str(file), "a caption file", error.strerror) from error
    lines = (" ".join(line.replace("\ufffd", " ").split()) for line in text.splitlines())
    return [line for line in lines if line]


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of the lines that are not blank."""
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line.strip()
    except UnicodeDecodeError as error:
        raise InputError(str(file), "a text file in UTF-8", error) from error
    except OSError as error:
        raise InputError(str(file), "a readable text file", error.strerror) from error
