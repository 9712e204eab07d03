"""Imported pictures are linked or copied; what is there already is never touched."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from admagan.data.manifest import read_manifest
from admagan.data.sources.folder import ImportedSet, Picture, write_data_set
from admagan.errors import InputError
from admagan.schema.records import Attribute, Record


@pytest.fixture
def data(tmp_path: Path) -> ImportedSet:
    source = tmp_path / "source.png"
    source.write_bytes(b"picture")
    record = Record(file_name="images/ä 1.png", text=["eins", "two"], tags={"hat": []}, split="test")
    return ImportedSet(
        "Set", [Picture(source, record)], (Attribute(name="blue hat", group="hat"),), "From here."
    )


def test_links_take_no_space_and_copies_stand_alone(data: ImportedSet, tmp_path: Path) -> None:
    write_data_set(data, tmp_path / "linked", "link")
    write_data_set(data, tmp_path / "copied", "copy")
    name = data.pictures[0].record.file_name
    assert (tmp_path / "linked" / name).stat().st_nlink == 2
    assert (tmp_path / "copied" / name).stat().st_nlink == 1
    assert (tmp_path / "copied" / name).read_bytes() == b"picture"
    assert read_manifest(tmp_path / "copied").entries[0].record == data.pictures[0].record
    card = (tmp_path / "linked" / "README.md").read_text(encoding="utf-8")
    assert "1 pictures (1 test), 2 captions, 1 attributes" in card
    assert "hard links" in card


def test_symbolic_links_are_followed(data: ImportedSet, tmp_path: Path) -> None:
    source = tmp_path / "tree" / "link.png"
    source.parent.mkdir()
    source.symlink_to("../source.png")
    write_data_set(replace(data, pictures=[replace(data.pictures[0], source=source)]), tmp_path / "out")
    assert (tmp_path / "out" / data.pictures[0].record.file_name).read_bytes() == b"picture"


def test_where_there_are_no_links_pictures_are_copied(
    data: ImportedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "other file system")

    monkeypatch.setattr(os, "link", refuse)
    write_data_set(data, tmp_path / "out", "link")
    assert (tmp_path / "out" / data.pictures[0].record.file_name).read_bytes() == b"picture"


def test_a_full_disk_leaves_nothing(
    data: ImportedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", refuse)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match="No space left"):
        write_data_set(data, tmp_path / "out", "link")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["../out.png", "images/../../out.png", "/out.png"])
def test_names_that_leave_the_folder_are_refused(data: ImportedSet, tmp_path: Path, name: str) -> None:
    leaving = Picture(data.pictures[0].source, Record(file_name=name))
    with pytest.raises(InputError, match="stay below"):
        write_data_set(replace(data, pictures=[leaving]), tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_what_is_there_stays(data: ImportedSet, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_data_set(data, out)
    mine = out / "mine.txt"
    mine.write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match="a new or empty folder"):
        write_data_set(data, out)
    assert mine.read_text(encoding="utf-8") == "precious"
    with pytest.raises(InputError, match="a new or empty folder, found a file"):
        write_data_set(data, mine)
