"""Read the arrays of a large JSON object item by item: the whole as Python objects would need ten times its size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from admagan.errors import InputError

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def iterate_arrays(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (key, item) for each object in each array of the object in `file`, in order.

    Raises:
        InputError: The file is missing, or is not such JSON; the message says at which character.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), "a JSON file in UTF-8", error) from error
    try:
        yield from _items(text)
    except (ValueError, RecursionError) as error:
        raise InputError(str(file), "an object with arrays, in valid JSON", error) from error
    except IndexError as error:
        raise InputError(str(file), "an object with arrays, in valid JSON", "the end too early") from error


def _items(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    position = _expect(text, 0, "{")
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        position = _expect(text, position, ":")
        if text[position] == "[":
            position = _expect(text, position, "[")
            while text[position] != "]":
                item, position = _DECODER.raw_decode(text, position)
                if isinstance(item, dict):  # arrays of other things are not what callers look for
                    yield key, item
                position = _after_item(text, position, "]")
            position = _skip(text, position + 1)
        else:
            _, position = _DECODER.raw_decode(text, position)
        position = _after_item(text, position, "}")


def _after_item(text: str, position: int, end: str) -> int:
    """Return the place of the next item, or of `end`."""
    position = _skip(text, position)
    return position if text[position] == end else _expect(text, position, ",")


def _expect(text: str, position: int, sign: str) -> int:
    """Return the place of what follows `sign`, which must be next."""
    position = _skip(text, position)
    if text[position] != sign:
        raise ValueError(f"{text[position]!r} at character {position}, instead of {sign!r}")
    return _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position
