"""Write a data set folder: pictures, metadata.jsonl, attributes.json and the card, all of it or nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from admagan.bank import AttributeBank
from admagan.data.manifest import SPLITS, split_of
from admagan.data.metadata import stays_below
from admagan.errors import InputError
from admagan.files import require_new, written_aside
from admagan.progress import track
from admagan.schema.bank import ATTRIBUTES
from admagan.schema.records import Attribute, Record

Transfer = Literal["link", "copy"]
_NO_LINKS_HERE = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)


@dataclass(frozen=True)
class Picture:
    """An image file somewhere, and what the new data set says about it."""

    source: Path
    record: Record
    """Its `file_name` is where the image goes."""


@dataclass(frozen=True)
class ImportedSet:
    """A published data set, read and ready to be written in this project's layout."""

    name: str
    pictures: Sequence[Picture]
    attributes: tuple[Attribute, ...]
    """For attributes.json: names, groups and phrases of the tags."""
    about: str
    """Origin and terms, for the card, in Markdown."""

    def summary(self) -> str:
        """Return the sizes in one line."""
        splits = Counter(split_of(picture.record) for picture in self.pictures)
        sizes = ", ".join(f"{splits[name]:,} {name}" for name in SPLITS if splits[name])
        captions = sum(len(picture.record.text) for picture in self.pictures)
        attributes = len(self.attributes)
        return f"{len(self.pictures):,} pictures ({sizes}), {captions:,} captions, {attributes:,} attributes"


def import_data_set(read: Callable[[], ImportedSet], out: Path, transfer: Transfer = "link") -> None:
    """Read a published data set, write it to `out`, and print what it is; see `write_data_set`."""
    require_new(out)  # before the minutes that reading takes
    data = read()
    write_data_set(data, out, transfer)
    print(f"{data.name}: {data.summary()}\nWrote {out}. Next: admagan data check {out}")


def write_data_set(data: ImportedSet, out: Path, transfer: Transfer = "link") -> None:
    """Write `data` to the folder `out`, which must not exist yet or be empty.

    Args:
        data: What to write.
        out: The new data set folder.
        transfer: link: hard links to the images, which take no space, and copies where the file system has no
            links; copy: copies.

    Raises:
        InputError: `out` holds something, an image is missing, or there is no space; nothing is written then.
    """
    require_new(out)
    for picture in data.pictures:
        inside(out, picture.record.file_name, data.name)
        if not picture.source.is_file():
            raise InputError(str(picture.source), f"an image of {data.name}", "no such file")
    with written_aside(out) as folder:
        folder.mkdir()
        with (folder / "metadata.jsonl").open("w", encoding="utf-8") as metadata:
            for picture in track(data.pictures, "Writing pictures"):
                _transfer(picture.source, folder / picture.record.file_name, transfer)
                metadata.write(_line(picture.record))
        AttributeBank(data.attributes).write(folder / ATTRIBUTES)
        (folder / "README.md").write_text(_card(data, transfer), encoding="utf-8")


def inside(folder: Path, name: str, where: object) -> Path:
    """Return the path of an image that is named at `where`, which must lie below `folder`."""
    if not stays_below(name):
        raise InputError(str(where), "image names that stay below their folder", repr(name))
    return folder / name


def _transfer(source: Path, target: Path, transfer: Transfer) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if transfer == "link":
        try:
            os.link(source.resolve(), target)  # a link to what a symbolic link means
        except OSError as error:
            if error.errno not in _NO_LINKS_HERE:
                raise
        else:
            return
    shutil.copyfile(source, target)


def _line(record: Record) -> str:
    value = record.model_dump(mode="json", exclude_none=True)
    return json.dumps(value, ensure_ascii=False) + "\n"


def _card(data: ImportedSet, transfer: Transfer) -> str:
    links = "The images are hard links: to change one in place changes the original too.\n\n"
    return (
        f"# {data.name}\n\n{data.summary()}. Written by `admagan data import`.\n\n{data.about.strip()}\n\n"
        + (links if transfer == "link" else "")
        + "`metadata.jsonl` has one picture a line; `attributes.json` names the attributes. Next:\n\n"
        "    admagan data check .\n    admagan train .\n"
    )
