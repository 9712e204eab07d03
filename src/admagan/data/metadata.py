"""metadata.jsonl and metadata.csv, line by line: each is a record or the error that says why not."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from admagan.errors import InputError
from admagan.schema.base import shorten
from admagan.schema.records import Record

NAMES = ("metadata.jsonl", "metadata.csv")
JSON_CELLS = {"text": "[", "tags": "[{", "bbox": "["}
"""CSV columns whose cells may hold JSON, and the characters that such JSON begins with."""
CAPTION_FIELDS = ("caption", "captions")
"""What other data sets call `text`."""
MISSPELT = 0.75
"""From this likeness on (difflib's ratio) an unknown field may be a known one: "txt", "tag"."""


@dataclass(frozen=True)
class Row:
    """What one line of a metadata file says."""

    line: int
    """Counted from 1; of a CSV row that spans several lines, the first."""
    content: Record | InputError
    """The record, or the error that names file, line and field."""
    unknown: tuple[str, ...] = ()
    """Fields that records do not have."""
    rest: Record | None = None
    """The record without these, where nothing else is wrong; what others call a caption is its text."""

    @property
    def record(self) -> Record | None:
        """What the line says of a picture, as far as it can be told."""
        return self.rest if isinstance(self.content, InputError) else self.content


def find_metadata(root: Path) -> Path:
    """Return the metadata file of the data set folder `root`; `InputError` where there is none."""
    for name in NAMES:
        if (root / name).is_file():
            return root / name
    found = "a folder without them" if root.is_dir() else "a file" if root.exists() else "no such folder"
    raise InputError(
        str(root),
        f"a data set folder, with {' or '.join(NAMES)} in it",
        found,
        'Write one line per image, such as {"file_name": "images/1.jpg", "text": "a red hat"}.',
    )


def read_rows(file: Path) -> Iterator[Row]:
    """Yield every line that is not blank, broken ones as errors; raises only for an unreadable file."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(str(file), "a readable file", error.strerror) from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    values = _csv_values(data, str(file)) if file.suffix == ".csv" else _jsonl_values(data, str(file))
    for line, value in values:
        yield _row(line, value, f"{file}:{line}")


def _row(line: int, value: Any, where: str) -> Row:
    if isinstance(value, InputError):
        return Row(line, value)
    content = _record(value, where)
    unknown = [name for name in value if name not in Record.model_fields] if isinstance(value, dict) else []
    rest = _without(value, unknown, where) if unknown else None
    return Row(line, content, tuple(unknown), rest)


def _without(value: dict[str, Any], unknown: list[str], where: str) -> Record | None:
    """Return the record without its unknown fields, unless one of them may be a known one, misspelt."""
    rest = {name: cell for name, cell in value.items() if name not in unknown}
    for name in CAPTION_FIELDS:
        if name in value:
            rest.setdefault("text", value[name])
    unset = [name for name in Record.model_fields if name not in rest]
    if any(difflib.get_close_matches(name, unset, cutoff=MISSPELT) for name in unknown):
        return None
    record = _record(rest, where)
    return None if isinstance(record, InputError) else record


def _record(value: Any, where: str) -> Record | InputError:
    if not isinstance(value, dict):
        return InputError(where, 'one JSON object, such as {"file_name": …}', shorten(value))
    try:
        record = Record.parse(value, where)
    except InputError as error:
        return error
    return record if stays_below(record.file_name) else _leaves(record.file_name, where)


def stays_below(file_name: str) -> bool:
    """Tell whether a name stays below its folder on every system: neither absolute nor with `..` in it."""
    posix, windows = PurePosixPath(file_name), PureWindowsPath(file_name)
    rooted = posix.is_absolute() or windows.drive or windows.root
    return not rooted and ".." not in windows.parts and "\0" not in file_name


def _leaves(file_name: str, where: str) -> InputError:
    return InputError(
        f"{where}: file_name",
        "a path that stays below the data set folder",
        shorten(file_name),
        "Move the image into the folder and name it relative to that, with forward slashes.",
    )


def _jsonl_values(data: bytes, file: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield number, _json_value(line, f"{file}:{number}")


def _json_value(text: bytes, where: str) -> Any:
    """Return the JSON value of one line, or the `InputError` that says what is wrong with it."""
    hint = "Each line is one object on its own, in double quotes, without a comma after it."
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
    except UnicodeDecodeError as error:
        return InputError(where, "UTF-8", f"byte {error.start + 1} of the line is not", "Save it as UTF-8.")
    except json.JSONDecodeError as error:
        return InputError(where, "valid JSON", f"at column {error.colno}: {error.msg}", hint)
    except (ValueError, RecursionError) as error:
        return InputError(where, "valid JSON", error, hint)
    cut = _half_character(value, where) if b"\\u" in text else None
    return cut or value


def _half_character(value: Any, where: str) -> InputError | None:
    """Return what is wrong with text that was cut within a character (JSON can write its first half, UTF-8 not)."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"half of one, \\u{ord(error.object[error.start]):04x}"
        return InputError(where, "text in whole characters", half, "It was cut within an emoji or the like.")
    return None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that gives a field twice: JSON readers would keep only the last, in silence."""
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {shorten(repeated)} twice")
    return value


def _csv_values(data: bytes, file: str) -> Iterator[tuple[int, Any]]:
    text = io.StringIO(data.decode("utf-8", errors="surrogateescape"), newline="")
    reader = csv.reader(text, strict=True)
    columns: list[str] | None = None
    while True:
        line = reader.line_num + 1
        where = f"{file}:{line}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, InputError(where, "valid CSV", error, "Double the quotes inside a quoted cell.")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if columns is not None:
            yield line, _csv_record(columns, cells, where)
            continue
        columns = [cell.strip() for cell in cells]
        if (wrong := _header_error(columns, where)) is not None:
            yield line, wrong
            return


def _header_error(columns: list[str], where: str) -> InputError | None:
    known = f"Known columns, separated by commas: {', '.join(Record.model_fields)}."
    for column in columns:
        if columns.count(column) > 1:
            return InputError(f"{where}: column {shorten(column)}", "each column once", "it twice", known)
    if "file_name" not in columns:
        return InputError(where, "a column file_name", ", ".join(columns), known)
    return None


def _csv_record(columns: list[str], cells: list[str], where: str) -> dict[str, Any] | InputError:
    """Return the fields of one row, an empty cell being an unset field."""
    if len(cells) != len(columns):
        hint = "Put cells that hold commas into double quotes."
        return InputError(where, f"{len(columns)} cells, as in the first line", len(cells), hint)
    if any("\udc80" <= letter <= "\udcff" for cell in cells for letter in cell):
        return InputError(where, "UTF-8", "bytes that are not", "Save it as UTF-8.")
    value: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if not cell.strip() and column in Record.model_fields:
            continue
        value[column] = _cell_value(column, cell, f"{where}: {column}")
        if isinstance(value[column], InputError):
            return value[column]  # type: ignore[no-any-return]
    return value


def _cell_value(column: str, cell: str, where: str) -> Any:
    """Return what a cell holds: JSON where it looks so, else tags between commas, else the text itself."""
    if cell.strip().startswith(tuple(JSON_CELLS.get(column, ()))):
        parsed = _json_value(cell.encode(), where)
        # A caption may well begin with a bracket ("[Brand] red shirt"); tags and boxes do not.
        return cell if column == "text" and isinstance(parsed, InputError) else parsed
    if column == "tags":
        return [tag.strip() for tag in cell.split(",") if tag.strip()]
    return cell
