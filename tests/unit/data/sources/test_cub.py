"""CUB-200-2011 in its published layout becomes a data set folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from published import BIRDS, CLASSES, make_cub

from admagan.bank import AttributeBank
from admagan.data.bank_building import build_bank, encode_records
from admagan.data.manifest import read_manifest
from admagan.data.sources.cub import CubSettings, attribute_of, read_cub
from admagan.data.sources.folder import write_data_set
from admagan.errors import InputError
from admagan.schema.records import Record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_cub(tmp_path / "birds")


def records(root: Path, settings: CubSettings | None = None) -> dict[str, Record]:
    pictures = read_cub(root, settings).pictures
    return {picture.record.file_name.removeprefix("images/"): picture.record for picture in pictures}


def test_a_record_has_all_that_is_published(root: Path) -> None:
    record = records(root)[BIRDS[0]]
    assert record.file_name == f"images/{BIRDS[0]}"
    assert record.id == "Black_footed_Albatross_0001_796101"
    assert record.bbox == (0.0, 1.0, 20.0, 10.5)
    assert record.text == [
        f"this bird has {words}." for words in ("a hooked bill", "blue wings", "", "a tail")
    ]
    assert record.tags == {
        "bill shape": ["hooked seabird bill shape"],
        "wing color": ["blue wing color"],
        "size": ["small size"],
    }


def test_what_nobody_could_see_is_unknown(root: Path) -> None:
    birds = records(root)
    assert birds[BIRDS[1]].tags == {"bill shape": [], "wing color": ["brown wing color"]}
    assert birds[BIRDS[2]].tags == {}
    assert birds[BIRDS[3]].tags == {}


def test_the_least_certainty_can_be_chosen(root: Path) -> None:
    surer = records(root, CubSettings(least_certainty=3))
    assert surer[BIRDS[0]].tags == {
        "bill shape": ["hooked seabird bill shape"],
        "wing color": ["blue wing color"],
    }
    any_guess = records(root, CubSettings(least_certainty=1))
    assert any_guess[BIRDS[1]].tags == {
        "bill shape": [],
        "wing color": ["brown wing color"],
        "tail shape": ["notched tail shape"],
    }


def test_known_masks_survive_into_the_data_set(root: Path, tmp_path: Path) -> None:
    write_data_set(read_cub(root), tmp_path / "out")
    manifest = read_manifest(tmp_path / "out")
    bank = AttributeBank.read(tmp_path / "out" / "attributes.json")
    y, known = encode_records(manifest, bank)
    assert bank.names == (
        "hooked seabird bill shape",
        "blue wing color",
        "brown wing color",
        "notched tail shape",
        "small size",
    )
    assert y[0].tolist() == [1, 1, 0, 0, 1]
    assert known[0].tolist() == [True, True, True, False, True]
    assert y[1].tolist() == [0, 0, 1, 0, 0]
    assert known[1].tolist() == [True, True, True, False, False]
    assert not known[2].any()
    built = build_bank(manifest)
    assert set(built.names) == set(bank.names) - {"notched tail shape"}
    assert built.find("blue wings") == built.index("blue wing color")


@pytest.mark.parametrize(
    ("published", "name", "spoken"),
    [
        ("has_wing_color::blue", "blue wing color", "blue wing"),
        ("has_bill_shape::hooked_seabird", "hooked seabird bill shape", "hooked seabird bill"),
        ("has_bill_shape::curved_(up_or_down)", "curved bill shape", "curved bill"),
        ("has_bill_shape::all-purpose", "all-purpose bill shape", "all-purpose bill"),
        ("has_bill_length::about_the_same_as_head", "about the same as head bill length", None),
        ("has_tail_shape::notched_tail", "notched tail shape", "notched tail"),
        ("has_wing_shape::rounded-wings", "rounded wing shape", "rounded wing"),
        ("has_size::very_small_(3_-_5_in)", "very small size", "very small bird"),
        ("has_shape::duck-like", "duck-like shape", "duck-like bird"),
        ("has_primary_color::red", "red primary color", "red bird"),
        ("has_upper_tail_color::white", "white upper tail color", "white upper tail"),
    ],
)
def test_attributes_are_phrased_as_people_say_them(published: str, name: str, spoken: str | None) -> None:
    attribute = attribute_of(published)
    assert attribute.name == name
    assert attribute.phrases == {"en": [name, spoken] if spoken else [name]}
    assert name.endswith(attribute.group)


def test_class_split(root: Path, tmp_path: Path) -> None:
    splits = [record.split for record in records(root).values()]
    assert splits == ["train"] * 4 + ["test"] * 2
    listed = tmp_path / "mine.txt"
    listed.write_text("Laysan Albatross\n\n001\n", encoding="utf-8")
    splits = [record.split for record in records(root, CubSettings(class_split=listed)).values()]
    assert splits == ["test"] * 4 + ["train"] * 2


def test_image_split(root: Path) -> None:
    splits = [record.split for record in records(root, CubSettings(split="images")).values()]
    assert splits == ["test", "train"] * 3


def test_species_as_a_tag(root: Path) -> None:
    assert records(root, CubSettings(species=True))[BIRDS[2]].tags == {"species": ["laysan albatross"]}


def test_birds_metadata_layout(root: Path) -> None:
    """AttnGAN's and DF-GAN's: the captions and pickled file names beside CUB_200_2011, which is named by its parent."""
    birds = root.parent
    (root / "text_c10").rename(birds / "text")
    assert records(birds)[BIRDS[0]].text[1] == "this bird has blue wings."
    (birds / "text" / "testclasses.txt").unlink()
    (birds / "test").mkdir()
    (birds / "test" / "filenames.pickle").write_bytes(b"cos\nsystem\n(S'touch /tmp/never'\ntR.")
    with pytest.raises(
        InputError, match=r"filenames\.pickle has this split, but a pickle can run any code"
    ) as caught:
        read_cub(birds)
    assert "--class-split FILE" in caught.value.hint


@pytest.mark.parametrize(
    "missing",
    [
        "images.txt",
        "bounding_boxes.txt",
        "attributes/image_attribute_labels.txt",
        "text_c10",
        "text_c10/testclasses.txt",
        f"text_c10/{BIRDS[0].replace('.jpg', '.txt')}",
        f"images/{BIRDS[0]}",
        "../attributes.txt",
    ],
)
def test_a_missing_part_is_named_and_nothing_is_written(root: Path, tmp_path: Path, missing: str) -> None:
    path = root / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError) as caught:
        write_data_set(read_cub(root), tmp_path / "out")
    assert Path(missing).name in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("images.txt", "1 a/b.jpg\ntwo\n", r"images\.txt:2: expected a number and a name, found 'two'"),
        ("images.txt", "1 a/b.jpg\n1 a/c.jpg\n", r"images\.txt:2: expected each number once"),
        ("bounding_boxes.txt", "1 2 3 4\n", r"bounding_boxes\.txt:1: expected an image number, x, y"),
        (
            "bounding_boxes.txt",
            "".join(f"{i} nan 1 2 3\n" for i in range(1, 7)),
            r"image 1: bbox\.0: expected",
        ),
        ("bounding_boxes.txt", "1 2 3 4 5\n", r"a line for image 2, found none"),
        ("attributes/image_attribute_labels.txt", "1 1 1 4 2\n1 x\n", r"labels\.txt:2: expected numbers"),
        (
            "text_c10/testclasses.txt",
            "009.Brewer_Blackbird\n",
            r"testclasses\.txt:1: expected the name of a class",
        ),
        ("text_c10/testclasses.txt", "\n", "expected class names"),
        ("../attributes.txt", "1 blue\n", "a name such as has_wing_color::blue"),
    ],
)
def test_a_damaged_table_is_named_with_its_line(root: Path, file: str, text: str, message: str) -> None:
    (root / file).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_cub(root)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.jpg", "a/\0.jpg"])
def test_images_outside_their_folder_are_refused(root: Path, name: str) -> None:
    file = root / "images.txt"
    classes = (root / "text_c10" / "testclasses.txt").read_text(encoding="utf-8").splitlines()
    lines = file.read_text(encoding="utf-8").splitlines()
    place = next(i for i, line in enumerate(lines) if line.split()[1].split("/")[0] not in classes)
    lines[place] = f"{place + 1} {name}"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"images\.txt: expected image names that stay below"):
        read_cub(root)


def test_odd_bytes_in_captions_are_spaces(root: Path) -> None:
    file = root / "text_c10" / BIRDS[0].replace(".jpg", ".txt")
    file.write_bytes(b"a bird\xff\xfewith wings\r\n")
    assert records(root)[BIRDS[0]].text == ["a bird with wings"]


def test_the_tree_has_as_many_classes_as_it_says(root: Path) -> None:
    assert {name.split("/")[0] for name in records(root)} == set(CLASSES)
