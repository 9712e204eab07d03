"""Commands that make, import, check and describe data sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from admagan.commands import Flag
from admagan.schema.whole import Whole


def check(root: Path, *, fix: Path | None = None, json: Flag = False) -> None:
    """Name everything that is wrong with a data set; exit status 2 if training would refuse it.

    Args:
        root: The data set folder, with metadata.jsonl or metadata.csv in it.
        fix: Write a cleaned copy of the metadata to this .jsonl file; the original is not touched.
        json: Print one JSON object with all findings.
    """
    from admagan.data.check.command import run_check

    sys.exit(run_check(root, fix, json))


def stats(root: Path, *, out: Path) -> None:
    """Show what is in a data set: samples, attributes, captions, what goes together; as a page and PNG files.

    Args:
        root: The data set folder, with metadata.jsonl or metadata.csv in it.
        out: A new folder, or that of an earlier report. Open index.html in it.
    """
    from admagan.data.stats import write_stats

    print(write_stats(root, out))


def shard(root: Path, out: Path, *, shard_mb: float = 256) -> None:
    """Write a data set as WebDataset shards, for sets too large to be decoded into a cache.

    Args:
        root: The data set folder.
        out: Folder for the shards, empty or not there yet. It is a data set folder that `train` takes.
        shard_mb: Megabytes from which on a new shard is begun. Training needs one per process at least.
    """
    from admagan.data.manifest import read_manifest
    from admagan.data.shards import summary, write_shards

    print(summary(write_shards(read_manifest(root), out, shard_mb), out))


def cub(
    root: Path,
    out: Path,
    *,
    captions: Path | None = None,
    split: Literal["classes", "images"] = "classes",
    class_split: Path | None = None,
    least_certainty: Literal[1, 2, 3, 4] = 2,
    species: bool = False,
    pictures: Literal["link", "copy"] = "link",
) -> None:
    """Import CUB-200-2011 birds with their 312 attributes and ten captions per image.

    Args:
        root: The folder with images.txt, bounding_boxes.txt, attributes/ and images/.
        out: The new data set folder.
        captions: Folder with CLASS/NAME.txt; without it, text_c10 or text in or beside ROOT.
        split: By classes, as text-to-image papers do, or by train_test_split.txt.
        class_split: Text file that names the test classes; without it, testclasses.txt in or beside ROOT.
        least_certainty: Labels less certain are unknown: 1 not visible, 2 guessing, 3 probably, 4 definitely.
        species: Add the class name as a tag.
        pictures: Hard links to the images, or copies.
    """
    from admagan.data.sources.cub import CubSettings, read_cub
    from admagan.data.sources.folder import import_data_set

    settings = CubSettings(captions, split, class_split, least_certainty, species)
    import_data_set(lambda: read_cub(root, settings), out, pictures)


def coco(root: Path, out: Path, *, pictures: Literal["link", "copy"] = "link") -> None:
    """Import COCO 2014 with its captions and the 80 object categories as attributes.

    Args:
        root: The folder with annotations/, train2014/ and val2014/.
        out: The new data set folder; val2014 becomes its test split.
        pictures: Hard links to the images, or copies.
    """
    from admagan.data.sources.coco import read_coco
    from admagan.data.sources.folder import import_data_set

    import_data_set(lambda: read_coco(root), out, pictures)


def avatars(
    out: Path, *, count: Whole = 20_000, size: Whole = 64, seed: Whole = 0, workers: Whole | None = None
) -> None:
    """Make the built-in set: avatars with tags and captions in English and Chinese, drawn from open styles.

    Args:
        out: The new data set folder.
        count: Pictures.
        size: Side of a picture in pixels, 32 to 512.
        seed: Same seed, same set, byte for byte.
        workers: Processes that draw; one per processor where unset.
    """
    from admagan.data.sources.avatars.making import make_avatars

    print(make_avatars(out, count, size, seed, workers))
