"""COCO 2014, as published: captions, and the object categories of the instances as attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from admagan.data.sources.folder import ImportedSet, Picture, inside
from admagan.data.sources.json_arrays import iterate_arrays
from admagan.errors import InputError
from admagan.progress import track
from admagan.schema.base import shorten
from admagan.schema.records import Attribute, Record, Split

PARTS: Mapping[str, Split] = {"train2014": "train", "val2014": "test"}
"""Text-to-image papers train on the one and measure on the other."""
ABOUT = """
Annotations: COCO Consortium (Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014), Creative Commons
Attribution 4.0. Photos: from Flickr, each under the terms of its owner.

Tags are the categories of the objects that annotators outlined; all of them were looked for, so what is not named
is absent. Train with `--bank.source both` to have attributes mined from the captions beside them.
"""
# Other words that captions use for a category.
SPOKEN = {
    "person": [
        "man",
        "woman",
        "boy",
        "girl",
        "child",
        "kid",
        "baby",
        "lady",
        "guy",
        "player",
        "skier",
        "surfer",
    ],
    "bicycle": ["bike"],
    "motorcycle": ["motorbike"],
    "airplane": ["plane", "aeroplane", "jet"],
    "boat": ["ship", "sailboat"],
    "traffic light": ["stoplight", "stop light"],
    "cat": ["kitten"],
    "dog": ["puppy"],
    "cow": ["cattle", "bull"],
    "sheep": ["lamb"],
    "skis": ["pair of skis"],
    "sports ball": ["ball"],
    "wine glass": ["wine glasses", "glass of wine"],
    "donut": ["doughnut"],
    "couch": ["sofa"],
    "potted plant": ["houseplant"],
    "dining table": ["table"],
    "tv": ["television"],
    "cell phone": ["phone", "mobile phone", "smartphone"],
    "refrigerator": ["fridge"],
    "hair drier": ["hair dryer", "blow dryer"],
    "remote": ["remote control"],
}


def read_coco(root: Path) -> ImportedSet:
    """Read COCO 2014 from `root`: annotations/*.json, train2014/*.jpg and val2014/*.jpg.

    Raises:
        InputError: A part of the published layout is missing or damaged; the message names it.
    """
    pictures: list[Picture] = []
    categories: dict[int, Attribute] = {}
    for part, split in PARTS.items():
        found, part_pictures = _read_part(root, part, split)
        categories |= found
        pictures += part_pictures
    return ImportedSet("COCO 2014", pictures, tuple(categories.values()), ABOUT)


def _read_part(root: Path, part: str, split: Split) -> tuple[dict[int, Attribute], list[Picture]]:
    names: dict[int, str] = {}
    captions: dict[int, list[str]] = {}
    objects: dict[int, dict[int, None]] = {}
    categories: dict[int, Attribute] = {}

    def image(item: dict[str, Any]) -> None:
        names[int(item["id"])] = str(item["file_name"])

    def caption(item: dict[str, Any]) -> None:
        captions.setdefault(int(item["image_id"]), []).append(" ".join(str(item["caption"] or "").split()))

    def instance(item: dict[str, Any]) -> None:
        objects.setdefault(int(item["image_id"]), {})[int(item["category_id"])] = None

    def category(item: dict[str, Any]) -> None:
        categories[int(item["id"])] = _attribute(str(item["name"]), str(item["supercategory"]))

    captions_file = _annotations(root, f"captions_{part}")
    _read(captions_file, {"images": image, "annotations": caption})
    file = _annotations(root, f"instances_{part}")
    _read(file, {"categories": category, "annotations": instance})
    unknown = {number for found in objects.values() for number in found} - categories.keys()
    if unknown:
        raise InputError(str(file), "every category_id among its categories", min(unknown))
    folder = _image_folder(root, part)
    pictures = []
    for number, name in sorted(names.items()):
        source = inside(folder, name, captions_file)
        tags = [categories[category].name for category in sorted(objects.get(number, ()))]
        text = [line for line in captions.get(number, ()) if line]
        record = {
            "file_name": f"{part}/{name}",
            "text": text,
            "tags": tags,
            "split": split,
            "id": Path(name).stem,
        }
        pictures.append(Picture(source, Record.parse(record, f"{file}: image {number}")))
    return dict(sorted(categories.items())), pictures


def _read(file: Path, handlers: Mapping[str, Callable[[dict[str, Any]], None]]) -> None:
    """Hand each item of an array to its handler."""
    for key, item in track(iterate_arrays(file), f"Reading {file.name}"):
        if key in handlers:
            try:
                handlers[key](item)
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(f"{file}: {key}", "the fields that COCO publishes", shorten(item)) from error


def _attribute(name: str, group: str) -> Attribute:
    return Attribute(name=name, group=group, phrases={"en": [name, *SPOKEN.get(name, [])]})


def _annotations(root: Path, name: str) -> Path:
    file = root / "annotations" / f"{name}.json"
    if not file.is_file():
        hint = "Unpack annotations_trainval2014.zip there." if root.is_dir() else ""
        raise InputError(str(file), "this part of COCO 2014", "no such file", hint)
    return file


def _image_folder(root: Path, part: str) -> Path:
    folders = [root / part, root / "images" / part]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise InputError(
        str(folders[0]), "the images of COCO 2014", "no such folder", f"Unpack {part}.zip there."
    )
