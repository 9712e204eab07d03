"""COCO 2014 in its published layout becomes a data set folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import make_coco

from admagan.data.bank_building import build_bank, encode_records
from admagan.data.manifest import read_manifest
from admagan.data.sources.coco import read_coco
from admagan.data.sources.folder import write_data_set
from admagan.data.sources.json_arrays import iterate_arrays
from admagan.errors import InputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_coco(tmp_path / "coco")


def test_records_have_captions_categories_and_split(root: Path) -> None:
    pictures = read_coco(root).pictures
    first = pictures[0].record
    assert first.file_name == "train2014/COCO_train2014_000000000009.jpg"
    assert first.text == ["A man with thing 9, 0.", "A man with thing 9, 1."]
    assert first.tags == ["person", "bottle"]
    assert [picture.record.tags for picture in pictures[1:]] == [["giraffe"], [], ["wine glass"]]
    assert [picture.record.split for picture in pictures] == ["train", "train", "train", "test"]
    assert all(picture.source.is_file() for picture in pictures)


def test_everything_is_known_and_people_are_recognised(root: Path, tmp_path: Path) -> None:
    write_data_set(read_coco(root), tmp_path / "out")
    manifest = read_manifest(tmp_path / "out")
    bank = build_bank(manifest)
    y, known = encode_records(manifest, bank)
    assert known.all()
    assert y.sum(axis=0).tolist() == [1] * 4
    assert list(bank.groups) == ["person", "kitchen", "animal"]
    (match,) = bank.match("two women")
    assert bank.names[match.index] == "person"
    assert bank.names[bank.index("wine glasses")] == "wine glass"


def test_images_may_lie_in_images(root: Path) -> None:
    (root / "images").mkdir()
    for part in ("train2014", "val2014"):
        (root / part).rename(root / "images" / part)
    assert read_coco(root).pictures[0].source.is_file()


@pytest.mark.parametrize(
    "missing",
    [
        "annotations/captions_train2014.json",
        "annotations/instances_val2014.json",
        "train2014",
        "val2014/COCO_val2014_000000000042.jpg",
    ],
)
def test_a_missing_part_is_named_and_nothing_is_written(root: Path, tmp_path: Path, missing: str) -> None:
    path = root / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError) as caught:
        write_data_set(read_coco(root), tmp_path / "out")
    assert missing in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the end too early"),
        ("[]", "at character 0, instead of '{'"),
        ('{"annotations": [', "the end too early"),
        ('{"annotations": [{"image_id": }]}', "Expecting value"),
        ('{"annotations": [{"image_id": 9}]}', "annotations: expected the fields that COCO publishes"),
        (
            '{"annotations": [{"image_id": 9, "category_id": 7}]}',
            "every category_id among its categories, found 7",
        ),
    ],
)
def test_damaged_annotations_are_named(root: Path, text: str, message: str) -> None:
    (root / "annotations" / "instances_train2014.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_coco(root)
    assert "instances_train2014.json" in caught.value.where


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.jpg"])
def test_images_outside_their_folder_are_refused(root: Path, name: str) -> None:
    file = root / "annotations" / "captions_train2014.json"
    annotations = json.loads(file.read_text(encoding="utf-8"))
    annotations["images"][0]["file_name"] = name
    file.write_text(json.dumps(annotations), encoding="utf-8")
    with pytest.raises(InputError, match=r"captions_train2014\.json: expected image names that stay below"):
        read_coco(root)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(value=st.dictionaries(st.text(max_size=3), JSON, max_size=4), indent=st.sampled_from([None, 1]))
def test_arrays_are_read_as_the_json_module_reads_them(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, object], indent: int | None
) -> None:
    file = tmp_path_factory.getbasetemp() / "value.json"
    file.write_text(json.dumps(value, indent=indent), encoding="utf-8")
    expected = [
        (key, item)
        for key, array in value.items()
        if isinstance(array, list)
        for item in array
        if isinstance(item, dict)
    ]
    assert list(iterate_arrays(file)) == expected
