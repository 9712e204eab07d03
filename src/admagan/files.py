"""Files that are either whole or absent: everything is written aside, then renamed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from admagan.errors import InputError

_LEFT_OVER = re.compile(r"\.(?P<name>.+)\.(?P<process>\d+)(?:-\d+)?\.(?P<kind>tmp|old)")


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is flushed to disk and takes the name of `path`.

    The caller writes a file (or makes a folder) at the yielded path. On any error nothing remains of it and
    what `path` held before is untouched. Missing parent folders are made.
    """
    path = Path(path).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(path.parent), "a folder that can be written", error.strerror) from error
    aside = path.with_name(f".{path.name}.{_writer()}.tmp")
    try:
        yield aside
        _flush(aside)
        if aside.is_dir():
            _replace_folder(aside, path)
        else:
            aside.replace(path)
    except OSError as error:
        raise InputError(str(path), "a place that can be written", error.strerror or error) from error
    finally:
        remove(aside)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON with a final newline, atomically."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, or None where there is none or it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's content."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if is_folder(path) and not path.is_symlink():
        shutil.rmtree(path)
    elif is_there(path):
        path.unlink()


def clear_left_overs(folder: Path) -> None:
    """Remove what writers that were killed have left in `folder`, where nobody else writes now.

    What had stepped aside for something new that never came is put back.
    """
    for left_over, named in _left_overs(folder):
        if named["kind"] == "old" and not is_there(folder / named["name"]):
            left_over.replace(folder / named["name"])
        else:
            remove(left_over)


def require_new(out: Path) -> None:
    """Raise an `InputError` unless `out` is not there yet, or an empty folder: nobody's work may be replaced."""
    if not is_there(out) or (is_folder(out) and not any(out.iterdir())):
        return
    found = "a folder with files in it" if is_folder(out) else "a file"
    raise InputError(str(out), "a new or empty folder", found, "Choose another name, or remove it first.")


def refuse_other_folder(out: Path, mark: str, others: Collection[str]) -> None:
    """Raise an `InputError` if `out` holds anything but an earlier report, which is replaced, or cannot be written.

    Args:
        out: Where the report is to go.
        mark: The file that every such report has.
        others: Names of what else it may have.
    """
    above = next((folder for folder in out.absolute().parents if is_there(folder)), out)
    if not (is_folder(above) and os.access(above, os.W_OK)):
        raise InputError("--out", "a place that can be written to", out)
    if not is_there(out):
        return
    # What is no file in a folder has no name that a report may have.
    held = {each.name if each.is_file() else "" for each in out.iterdir()} if is_folder(out) else {""}
    if held and not (mark in held and held <= {mark, *others}):
        raise InputError("--out", "a new or empty folder, or an earlier report", out, "Name another folder.")


def is_there(path: Path) -> bool:
    """Return whether there is something at `path`; no path at all (too long, with a zero in it) is nothing."""
    return os.path.lexists(path)


def is_folder(path: Path) -> bool:
    """Return whether `path` is a folder; no path at all is none."""
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises where a name is too long)


def _writer() -> str:
    """Return a name that no other thread at work has."""
    return f"{os.getpid()}-{threading.get_ident()}"


def _replace_folder(aside: Path, path: Path) -> None:
    """Move a finished folder to `path`; an older one steps aside first: rename needs an empty target.

    What killed writers have left of the same folder goes: it may be as large as this one.
    """
    old = path.with_name(f".{path.name}.{_writer()}.old")
    if path.exists():
        path.replace(old)
    aside.replace(path)
    remove(old)
    for left_over, named in _left_overs(path.parent):
        if named["name"] == path.name and _is_gone(int(named["process"])):
            remove(left_over)


def _left_overs(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    """Return what writers have aside in `folder`, at work or killed, with what its name says of it."""
    found = ((path, _LEFT_OVER.fullmatch(path.name)) for path in folder.glob(".*"))
    return [(path, named) for path, named in found if named]


def _is_gone(process: int) -> bool:
    if os.name != "posix":  # elsewhere the question would end it
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass
    return False


def _flush(path: Path) -> None:
    """Send a file, or all files of a folder, to the disk."""
    for each in path.rglob("*") if path.is_dir() else [path]:
        if each.is_file():
            with each.open("rb") as file:
                os.fsync(file.fileno())
