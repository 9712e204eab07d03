"""Tiny trees in the layouts in which CUB-200-2011 and COCO 2014 are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

CLASSES = ["001.Black_footed_Albatross", "002.Laysan_Albatross", "003.Sooty_Albatross"]
BIRDS = [f"{name}/{name[4:]}_{number:04d}_{796100 + number}.jpg" for name in CLASSES for number in (1, 2)]
BIRD_ATTRIBUTES = [
    "has_bill_shape::hooked_seabird",
    "has_wing_color::blue",
    "has_wing_color::brown",
    "has_tail_shape::notched_tail",
    "has_size::small_(5_-_9_in)",
]
# image, attribute, present, certainty, seconds; two lines have columns too many, as in the published file
LABELS = """
1 1 1 4 2.1
1 2 1 3 5.0
1 3 0 3 5.0
1 4 0 1 1.5
1 5 1 2 3.0
2 1 0 4 0 2.2
2 2 0 4 5.0
2 3 1 4 1 0 5.0
2 4 1 1 1.5
3 5 1 1 2.0
"""


def make_cub(folder: Path) -> Path:
    """Write CUB-200-2011 with six birds of three classes, and captions in text_c10; return its root."""
    root = folder / "CUB_200_2011"
    for number, name in enumerate(BIRDS, start=1):
        _picture(root / "images" / name, number)
        captions = "\n".join(
            f"this bird has {words}. " for words in ("a hooked bill", "blue wings", "", "a tail")
        )
        _write(root / "text_c10" / name.replace(".jpg", ".txt"), captions + "\n\n")
    _write(root / "images.txt", _numbered(BIRDS))
    _write(root / "classes.txt", _numbered(CLASSES))
    _write(root / "bounding_boxes.txt", _numbered(f"{i}.0 {i + 1}.0 20.0 10.5" for i in range(len(BIRDS))))
    _write(root / "train_test_split.txt", _numbered(str(i % 2) for i in range(len(BIRDS))))
    _write(root / "text_c10" / "testclasses.txt", CLASSES[2] + "\n")
    _write(folder / "attributes.txt", _numbered(BIRD_ATTRIBUTES))
    _write(root / "attributes" / "image_attribute_labels.txt", LABELS.lstrip())
    return root


def make_coco(root: Path) -> Path:
    """Write COCO 2014 with three training and one validation image; return its root."""
    images = {"train2014": [9, 25, 30], "val2014": [42]}
    objects = {9: [1, 44, 1], 25: [25], 42: [46]}
    for part, numbers in images.items():
        names = {number: f"COCO_{part}_{number:012d}.jpg" for number in numbers}
        for number, name in names.items():
            _picture(root / part / name, number)
        described = [{"id": number, "file_name": name, "width": 32} for number, name in names.items()]
        captions = [
            {"id": 10 * number + i, "image_id": number, "caption": f"A man\n with thing {number}, {i}."}
            for i in range(2)
            for number in numbers
        ]
        instances = [
            {"id": i, "image_id": number, "category_id": category, "segmentation": [[1.5, 2.5]], "iscrowd": 0}
            for number in numbers
            for i, category in enumerate(objects.get(number, []))
        ]
        categories = [
            {"supercategory": "person", "id": 1, "name": "person"},
            {"supercategory": "animal", "id": 25, "name": "giraffe"},
            {"supercategory": "kitchen", "id": 44, "name": "bottle"},
            {"supercategory": "kitchen", "id": 46, "name": "wine glass"},
        ]
        shared = {"info": {"year": 2014}, "images": described, "licenses": [{"id": 1}]}
        _json(root / f"annotations/captions_{part}.json", shared | {"annotations": captions})
        _json(
            root / f"annotations/instances_{part}.json",
            shared | {"annotations": instances, "categories": categories},
        )
    return root


def _picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), (number, 100, 200)).save(path)


def _numbered(values: Any) -> str:
    return "".join(f"{number} {value}\n" for number, value in enumerate(values, start=1))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _json(path: Path, value: object) -> None:
    _write(path, json.dumps(value))
