"""The check: every kind of damage is found under its name, at its line, and `--fix` mends what it says."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from admagan.data.check import CHECKS, Report, check_data_set, require_trainable
from admagan.data.check.command import run_check
from admagan.data.check.duplicates import near_pairs
from admagan.errors import InputError

EXPECTED = {"train-small", "test-small"}
"""Warnings that the small set deserves as it is."""


def records(root: Path) -> list[dict]:
    return [json.loads(line) for line in (root / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def rewrite(root: Path, change: Callable[[list[dict]], object]) -> None:
    lines = records(root)
    change(lines)
    (root / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def found(report: Report) -> dict[str, list[int | None]]:
    """Check -> lines, without what the small set has anyway."""
    lines: dict[str, list[int | None]] = {}
    for finding in report.findings:
        if finding.check not in EXPECTED:
            lines.setdefault(finding.check, []).append(finding.line)
    return lines


def picture(root: Path, i: int) -> Path:
    return root / "images" / f"{i}.png"


def save(root: Path, i: int, image: Image.Image, kind: str = "PNG", **options: object) -> None:
    image.save(picture(root, i), kind, **options)


def test_a_good_set_has_no_findings_but_its_size(small_set: Path) -> None:
    report = check_data_set(small_set)
    assert {finding.check for finding in report.findings} == EXPECTED
    assert report.splits == {"train": 16, "validation": 4, "test": 4}
    report.require_no_errors()


def test_broken_lines_are_all_named(small_set: Path) -> None:
    file = small_set / "metadata.jsonl"
    text = file.read_text()
    file.write_text(
        text + '{"file_name": \n[]\n{"file_name": "images/1.png", "txt": ""}\n{"file_name": "../x.png"}\n'
    )
    report = check_data_set(small_set)
    assert found(report) == {"line-broken": [25, 26, 27, 28]}
    assert "txt" in report.errors[2].message
    assert report.records == 24
    with pytest.raises(InputError, match=r"metadata\.jsonl:25: .* and 3 more"):
        report.require_no_errors()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "image-missing": lambda root: picture(root, 5).unlink(),
    "image-unreadable": lambda root: picture(root, 5).write_bytes(b""),
    "image-flat": lambda root: save(root, 5, Image.new("RGB", (40, 40), "red")),
    "image-tiny": lambda root: save(root, 5, Image.open(picture(root, 5)).resize((40, 20))),
    "image-elongated": lambda root: save(root, 5, Image.open(picture(root, 5)).resize((400, 50))),
    "image-cmyk": lambda root: save(root, 5, Image.open(picture(root, 5)).convert("CMYK"), "TIFF"),
    "image-palette": lambda root: save(root, 5, Image.open(picture(root, 5)).convert("P")),
    "image-alpha": lambda root: save(root, 5, Image.open(picture(root, 5)).convert("RGBA")),
    "image-16bit": lambda root: save(
        root, 5, Image.fromarray(np.arange(40 * 40, dtype=np.uint16).reshape(40, 40) * 40)
    ),
    "image-extension": lambda root: save(root, 5, Image.open(picture(root, 5)), "BMP"),
    "image-animated": lambda root: save(
        root, 5, Image.open(picture(root, 5)), save_all=True, append_images=[Image.open(picture(root, 6))]
    ),
}


def test_sixteen_bits_of_colour_are_noted(small_set: Path) -> None:
    header = struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0)
    noise = np.random.default_rng(0).bytes(40 * 40 * 6)
    lines = b"".join(b"\0" + noise[row * 240 : (row + 1) * 240] for row in range(40))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    picture(small_set, 5).write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    assert found(check_data_set(small_set)) == {"image-16bit": [6]}


@pytest.mark.parametrize("check", DAMAGE)
def test_damaged_and_unusual_pictures(small_set: Path, check: str) -> None:
    DAMAGE[check](small_set)
    report = check_data_set(small_set)
    lines = found(report)
    assert lines[check] == [6]
    assert set(lines) <= {check, "image-extension", "image-alpha"}
    assert bool(report.errors) == (check in {"image-missing", "image-unreadable"})


def test_a_turned_picture_and_its_box(small_set: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.open(picture(small_set, 5)).resize((80, 40)).convert("RGB")
    save(small_set, 5, turned, "JPEG", exif=exif)
    rewrite(small_set, lambda lines: lines[5].update(bbox=[10, 60, 5, 5]))
    assert found(check_data_set(small_set)) == {"image-rotated": [6], "image-extension": [6]}
    rewrite(small_set, lambda lines: lines[5].update(bbox=[60, 10, 5, 5]))
    assert found(check_data_set(small_set))["bbox-outside"] == [6]
    rewrite(small_set, lambda lines: lines[5].update(bbox=[0.1, 0.2, 0.5, 0.6]))  # shares of the picture
    assert found(check_data_set(small_set))["bbox-outside"] == [6]


def test_a_name_in_another_case_is_suggested(small_set: Path) -> None:
    rewrite(small_set, lambda lines: lines[5].update(file_name="Images\\5.PNG"))
    report = check_data_set(small_set)
    assert found(report)["image-missing"] == [6]
    assert "images/5.png" in report.errors[0].mend


def test_links_that_leave_the_folder(small_set: Path, tmp_path: Path) -> None:
    picture(small_set, 5).rename(tmp_path / "5.png")
    picture(small_set, 5).symlink_to(tmp_path / "5.png")
    assert found(check_data_set(small_set)) == {"image-outside": [6]}


def test_captions(small_set: Path) -> None:
    def change(lines: list[dict]) -> None:
        lines[2].update(text=["", "fine"])
        lines[3].update(text=" ")
        lines[4].update(text=[], tags={"colour": ""})

    rewrite(small_set, change)
    report = check_data_set(small_set)
    assert found(report) == {"caption-none": [5], "caption-missing": [4], "caption-blank": [3]}
    rewrite(small_set, lambda lines: [line.update(text="one and the same") for line in lines])
    assert found(check_data_set(small_set)) == {"caption-constant": [1]}


def test_tags_that_are_constant_or_nearly_so(small_set: Path) -> None:
    def change(lines: list[dict]) -> None:
        for i, line in enumerate(lines):
            line["tags"] = {"kind": "thing", "colour": "blue" if i == 3 else "Red", "rest": str(i)}
        del lines[7]["tags"]

    rewrite(small_set, change)
    assert found(check_data_set(small_set)) == {"tag-constant": [1], "tag-nearly-constant": [1]}


def test_tags_written_in_several_ways(small_set: Path) -> None:
    rewrite(small_set, lambda lines: lines[9]["tags"].update(colour="RED", size="Large"))
    assert found(check_data_set(small_set)) == {"tag-spelling": [10, 10]}


def test_the_same_picture_twice(small_set: Path) -> None:
    shutil.copy(picture(small_set, 2), picture(small_set, 3))  # both train
    shutil.copy(picture(small_set, 4), picture(small_set, 6))  # train, test
    report = check_data_set(small_set)
    assert found(report) == {"image-repeated": [4], "split-overlap": [5]}
    assert "with other tags" in next(f.message for f in report.findings if f.check == "image-repeated")


def test_of_three_splits_the_one_furthest_from_training_keeps_a_picture(small_set: Path) -> None:
    for i in (1, 2, 3):
        shutil.copy(picture(small_set, 0), picture(small_set, i))
    assert found(check_data_set(small_set)) == {"split-overlap": [2, 3, 4]}


def test_pictures_that_look_the_same(small_set: Path) -> None:
    Image.open(picture(small_set, 2)).resize((96, 96)).save(picture(small_set, 3))
    Image.open(picture(small_set, 4)).convert("RGB").save(
        picture(small_set, 6), "JPEG", quality=90, subsampling=0
    )
    assert found(check_data_set(small_set)) == {
        "image-alike": [4],
        "split-overlap-alike": [5],
        "image-extension": [7],
    }


def test_near_pairs_tells_small_changes_from_other_pictures() -> None:
    random = np.random.default_rng(0)
    thumbnails = random.integers(20, 230, (600, 16, 16, 3)).astype(np.uint8)
    thumbnails[500] = thumbnails[7] + 5  # a little brighter, in another block
    thumbnails[501] = thumbnails[7]
    thumbnails[502] = thumbnails[8]
    thumbnails[502, 3, 3] += 25  # a small detail differs
    assert list(near_pairs(thumbnails)) == [(7, 500), (7, 501)]


def test_several_boxes_of_one_picture_are_no_repetition(small_set: Path) -> None:
    def change(lines: list[dict]) -> None:
        lines[2].update(bbox=[0, 0, 20, 20])
        lines.append({**lines[2], "bbox": [20, 20, 20, 20], "id": "second"})

    rewrite(small_set, change)
    assert found(check_data_set(small_set)) == {}


def test_files_beside_the_records(small_set: Path) -> None:
    (small_set / "metadata.csv").write_text("file_name\nimages/1.png\n")
    shutil.copy(picture(small_set, 1), small_set / "other.png")
    (small_set / ".hidden").mkdir()
    shutil.copy(picture(small_set, 1), small_set / ".hidden" / "x.png")
    report = check_data_set(small_set)
    assert found(report) == {"image-unnamed": [None], "metadata-twice": [None]}
    assert "'other.png'" in next(f.message for f in report.findings if f.check == "image-unnamed")


def test_too_few_samples_stop_training(small_set: Path) -> None:
    rewrite(small_set, lambda lines: lines.__delitem__(slice(3, None)))
    assert [finding.check for finding in check_data_set(small_set).errors] == ["train-too-small"]


def test_training_is_told_of_warnings_in_short(small_set: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(lines: list[dict]) -> None:
        for line in lines[:3]:
            line["text"] = []

    rewrite(small_set, change)
    require_trainable(small_set)
    said = " ".join(capsys.readouterr().err.split())
    assert "warning: no caption, only tags, and 2 more of the kind (caption-missing)" in said
    assert "warning: only 16 usable records in the train split (train-small)" in said
    picture(small_set, 5).unlink()
    with pytest.raises(InputError, match=r"5\.png"):
        require_trainable(small_set)


def test_csv_lines_are_counted_as_editors_do(small_set: Path) -> None:
    (small_set / "metadata.jsonl").unlink()
    rows = "\n".join(f'images/{i}.png,"caption {i}\nof two lines"' for i in range(24))
    (small_set / "metadata.csv").write_text("file_name,text\n" + rows + "\nimages/99.png,x\n")
    assert found(check_data_set(small_set))["image-missing"] == [50]


def test_fix_writes_a_copy_that_passes(small_set: Path, tmp_path: Path) -> None:
    def change(lines: list[dict]) -> None:
        lines[3].update(text=["", "kept"])
        lines[4].update(text=[], tags=None)
        lines.append({"file_name": "images/14.png", "text": "another caption", "split": "train"})
        lines.append({**lines[8], "file_name": "images/24.png", "id": "images/9.png"})

    Image.open(picture(small_set, 8)).rotate(90).save(picture(small_set, 24))
    picture(small_set, 5).unlink()
    shutil.copy(picture(small_set, 10), picture(small_set, 11))
    rewrite(small_set, change)
    file = small_set / "metadata.jsonl"
    file.write_text(file.read_text() + "{broken\n")
    before = hashlib.sha256(file.read_bytes()).digest()
    out = tmp_path / "fixed.jsonl"
    assert {f.check for f in check_data_set(small_set, fix=out).errors} == {
        "line-broken",
        "name-repeated",
        "image-missing",
        "caption-none",
    }
    assert hashlib.sha256(file.read_bytes()).digest() == before

    shutil.copy(out, file)
    report = check_data_set(small_set)
    assert found(report) == {"image-unnamed": [None]}
    kept = {line["file_name"]: line for line in records(small_set)}
    assert len(kept) == 25 - 3
    assert kept["images/14.png"]["text"][-1] == "another caption"
    assert kept["images/3.png"]["text"] == ["kept"]
    assert kept["images/24.png"].get("id") is None


def test_fix_leaves_out_fields_that_records_do_not_have(small_set: Path, tmp_path: Path) -> None:
    def change(lines: list[dict]) -> None:
        lines[2]["label"] = 3
        lines[3] |= {"caption": lines[3].pop("text")[0], "source": "the web"}
        lines[4] |= {"caption": "another", "bbox": "everything"}

    before = records(small_set)
    rewrite(small_set, change)
    report = check_data_set(small_set, tmp_path / "fixed.jsonl")
    assert found(report) == {"field-unknown": [3, 4], "line-broken": [5], "image-unnamed": [None]}
    assert any(
        finding.message == "'caption', 'source': expected no such field" for finding in report.findings
    )
    with pytest.raises(InputError, match="'label': expected no such field"):
        report.require_no_errors()
    fixed = [json.loads(line) for line in (tmp_path / "fixed.jsonl").read_text(encoding="utf-8").splitlines()]
    before[3]["text"] = before[3]["text"][:1]
    assert fixed == [*before[:4], *before[5:]]


def test_fix_leaves_out_columns_that_records_do_not_have(small_set: Path, tmp_path: Path) -> None:
    (small_set / "metadata.jsonl").unlink()
    (small_set / "metadata.csv").write_text(
        "file_name,caption,price\nimages/0.png,a thing,\nimages/1.png,a red thing,3\n"
    )
    report = check_data_set(small_set, tmp_path / "fixed.jsonl")
    assert found(report)["field-unknown"] == [2, 3]
    fixed = [json.loads(line) for line in (tmp_path / "fixed.jsonl").read_text(encoding="utf-8").splitlines()]
    assert fixed == [
        {"file_name": "images/0.png", "text": ["a thing"]},
        {"file_name": "images/1.png", "text": ["a red thing"]},
    ]


def test_fix_joins_what_turns_out_to_be_one_picture(small_set: Path, tmp_path: Path) -> None:
    def change(lines: list[dict]) -> None:
        lines[2]["id"] = lines[4]["id"] = "a"
        lines[4] |= {"file_name": lines[3]["file_name"], "bbox": [1, 1, 8, 8]}
        lines[3]["text"], lines[4]["text"] = "by hand", "another"

    rewrite(small_set, change)
    out = tmp_path / "fixed.jsonl"
    check_data_set(small_set, fix=out)
    kept = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["text"] for line in kept if line["file_name"] == "images/3.png"] == [["by hand", "another"]]


@pytest.mark.parametrize(
    "name", ["set/metadata.jsonl", "link.jsonl", "fixed.csv", "notes.jsonl", "lost.jsonl"]
)
def test_fix_never_writes_over_what_is_there(small_set: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "link.jsonl").symlink_to(small_set / "metadata.jsonl")
    (tmp_path / "lost.jsonl").symlink_to(tmp_path / "gone.jsonl")
    (tmp_path / "notes.jsonl").write_text("mine")
    before = (small_set / "metadata.jsonl").read_bytes()
    with pytest.raises(InputError, match="--fix"):
        check_data_set(small_set, fix=tmp_path / name)
    assert (small_set / "metadata.jsonl").read_bytes() == before
    assert not (tmp_path / "fixed.csv").exists()
    assert (tmp_path / "notes.jsonl").read_text() == "mine"


def test_fix_of_a_table_says_where_it_belongs(small_set: Path, tmp_path: Path, capsys) -> None:
    (small_set / "metadata.jsonl").unlink()
    rows = [f"images/{i}.png,a thing,{'test' if i % 6 == 0 else 'train'}" for i in range(24)]
    (small_set / "metadata.csv").write_text("\n".join(["file_name,text,split", *rows, rows[3]]))
    run_check(small_set, tmp_path / "fixed.jsonl")
    said = " ".join(capsys.readouterr().out.split())
    assert "into the data set as metadata.jsonl, and remove metadata.csv," in said
    (small_set / "metadata.csv").unlink()
    shutil.copy(tmp_path / "fixed.jsonl", small_set / "metadata.jsonl")
    assert not check_data_set(small_set).errors


def test_fix_of_nothing_usable_writes_nothing(small_set: Path, tmp_path: Path) -> None:
    (small_set / "metadata.jsonl").write_text("{\n")
    with pytest.raises(InputError, match=r"at least one record.*metadata\.jsonl:1: "):
        check_data_set(small_set, fix=tmp_path / "fixed.jsonl")
    assert not (tmp_path / "fixed.jsonl").exists()


def test_every_check_is_described() -> None:
    assert all(check.__doc__ for check in CHECKS)


@pytest.mark.slow
@pytest.mark.shared
def test_the_shared_set_has_warnings_only(fashion: Path) -> None:
    report = check_data_set(fashion)
    assert not report.errors
    assert {f.check for f in report.findings} == {"image-repeated", "split-overlap", "split-overlap-alike"}
