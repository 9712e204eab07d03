"""CUB-200-2011 birds, as published, with ten captions per image, as a data set folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from admagan.data.sources.cub_files import (
    LABELS,
    Labels,
    find_file,
    read_boxes,
    read_captions,
    read_classes,
    read_labels,
    read_names,
    read_numbers,
)
from admagan.data.sources.folder import ImportedSet, Picture, inside
from admagan.errors import InputError
from admagan.progress import track
from admagan.schema.records import Attribute, Record, Split

CAPTION_FOLDERS = ("text_c10", "text")
"""Of Reed et al., and of the birds metadata that AttnGAN and DF-GAN use."""
TEST_CLASSES = "testclasses.txt"
ABOUT = """
Photos, bounding boxes and attributes: Caltech-UCSD Birds-200-2011 (Wah, Branson, Welinder, Perona, Belongie;
California Institute of Technology, CNS-TR-2011-001), for non-commercial research and education. Captions: Reed,
Akata, Schiele, Lee, "Learning Deep Representations of Fine-grained Visual Descriptions" (CVPR 2016).

Tags are group: values. A group that is missing is unknown: nobody could see that part of the bird.
"""


@dataclass(frozen=True)
class CubSettings:
    """What of CUB-200-2011 is taken over, and how."""

    captions: Path | None = None
    """Folder with CLASS/NAME.txt; unset: text_c10 or text in or beside the data set."""
    split: Literal["classes", "images"] = "classes"
    """classes: text-to-image papers' split, no class of which is in both; images: train_test_split.txt."""
    class_split: Path | None = None
    """Text file with the names of the test classes; unset: testclasses.txt in or beside the data set."""
    least_certainty: Literal[1, 2, 3, 4] = 2
    """Labels below are unknown: 1 not visible, 2 guessing, 3 probably, 4 definitely."""
    species: bool = False
    """Add the class name as a tag."""


def read_cub(root: Path, settings: CubSettings | None = None) -> ImportedSet:
    """Read CUB-200-2011 from `root`: the published folder, or one that has it and the captions in it.

    Raises:
        InputError: A part of the published layout is missing or damaged; the message names file and line.
    """
    settings, root = settings or CubSettings(), root.absolute()
    main = root / "CUB_200_2011" if (root / "CUB_200_2011").is_dir() else root
    places = list(dict.fromkeys([main, root, root.parent]))
    listed = find_file([main], "images.txt", "the list of its images")
    images = read_names(listed)
    boxes = read_boxes(find_file([main], "bounding_boxes.txt", "x, y, width and height of each bird"))
    attributes = _read_attributes(places)
    captions = settings.captions or _caption_folder(places)
    splits = _read_splits(main, [*places, captions], images, settings)
    labels = read_labels(
        find_file([main], LABELS, "which image has which attribute"), settings.least_certainty
    )
    pictures = []
    for number, name in track(images.items(), "Reading captions"):
        if number not in boxes:
            raise InputError(str(main / "bounding_boxes.txt"), f"a line for image {number}", "none")
        source = inside(main / "images", name, listed)
        tags = _tags(labels.get(number), attributes)
        if settings.species:
            tags["species"] = [_spoken_class(name)]
        record = {
            "file_name": f"images/{name}",
            "text": read_captions((captions / name).with_suffix(".txt")),
            "tags": tags,
            "split": splits[number],
            "bbox": boxes[number],
            "id": Path(name).stem,
        }
        pictures.append(Picture(source, Record.parse(record, f"{main}: image {number}")))
    return ImportedSet("CUB-200-2011", pictures, tuple(attributes.values()), ABOUT)


def attribute_of(name: str) -> Attribute:
    """Return the attribute that CUB calls `has_wing_color::blue`: "blue wing color" in the group "wing color"."""
    part, _, value = name.partition("::")
    group = part.removeprefix("has_").replace("_", " ")
    value = re.sub(r"\(.*?\)", "", value).replace("_", " ").strip()
    body, _, kind = group.rpartition(" ")
    value = re.sub(rf"[ -]{body}s?$", "", value) if body else value  # has_tail_shape::notched_tail
    phrase = f"{value} {group}"
    bird = not body or body == "primary"
    spoken = [f"{value} {'bird' if bird else body}"] if kind in ("color", "pattern", "shape", "size") else []
    return Attribute(name=phrase, group=group, phrases={"en": [phrase, *spoken]})


def _read_attributes(places: list[Path]) -> dict[int, Attribute]:
    names = [place / folder for place in places for folder in ("attributes", ".")]
    file = find_file(names, "attributes.txt", "the names of its 312 attributes")
    attributes: dict[int, Attribute] = {}
    for number, name in read_names(file).items():
        if "::" not in name:
            raise InputError(f"{file}: {number}", "a name such as has_wing_color::blue", repr(name))
        attributes[number] = attribute_of(name)
    return attributes


def _tags(labels: Labels | None, attributes: Mapping[int, Attribute]) -> dict[str, str | list[str]]:
    """Return the values that are there for each group that somebody could tell about."""
    tags: dict[str, str | list[str]] = {}
    for number, attribute in attributes.items():
        if labels is not None and number in labels.judged:
            values = tags.setdefault(attribute.group, [])
            if number in labels.present and isinstance(values, list):
                values.append(attribute.name)
    return tags


def _read_splits(
    main: Path, places: list[Path], images: Mapping[int, str], settings: CubSettings
) -> dict[int, Split]:
    if settings.split == "images":
        file = find_file([main], "train_test_split.txt", "which image is for training")
        training = read_numbers(file)
        missing = next((number for number in images if number not in training), None)
        if missing is not None:
            raise InputError(str(file), f"a line for image {missing}", "none")
        return {number: "train" if training[number] else "test" for number in images}
    file = settings.class_split or _class_list(places)
    classes = {number: name.split("/")[0] for number, name in images.items()}
    test = read_classes(file, classes.values())
    return {number: "test" if name in test else "train" for number, name in classes.items()}


def _class_list(places: list[Path]) -> Path:
    """Return the published list of test classes, or say what to do without one."""
    listed = [place / TEST_CLASSES for place in places] + [
        place / folder / TEST_CLASSES for place in places for folder in CAPTION_FOLDERS
    ]
    found = next((file for file in listed if file.is_file()), None)
    if found is not None:
        return found
    hint = (
        "Pass --class-split FILE, a text file with the names of the 50 test classes, one a line; or --split images for"
        " CUB's own split, which is not the one that text-to-image papers report."
    )
    pickled = [place / "test" / "filenames.pickle" for place in places]
    pickle = next((file for file in pickled if file.is_file()), None)
    if pickle is not None:
        hint = f"{pickle} has this split, but a pickle can run any code, so it is not read. {hint}"
    raise InputError(
        str(listed[0]), "the list of test classes that goes with the captions", "no such file", hint
    )


def _caption_folder(places: list[Path]) -> Path:
    folders = [place / name for place in places for name in CAPTION_FOLDERS]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise InputError(
        str(folders[0]),
        "the captions, CLASS/NAME.txt with ten lines each",
        "no such folder",
        "Unpack text_c10 (or text of the birds metadata) there, or pass --captions FOLDER.",
    )


def _spoken_class(name: str) -> str:
    return name.split("/")[0].partition(".")[2].replace("_", " ").casefold()
