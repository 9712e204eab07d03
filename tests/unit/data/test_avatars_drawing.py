"""What is drawn: tags that hold together and can be seen, in shares that are large enough."""

from __future__ import annotations

import io
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from admagan.data.sources.avatars.rendering import render
from admagan.data.sources.avatars.sampling import Drawing, draw, draw_style, picture_random
from admagan.data.sources.avatars.splits import heldout_pairs, split_for
from admagan.data.sources.avatars.tables import StyleTable, style_tables
from admagan.data.sources.avatars.vocabulary import vocabulary

COUNT = 4000


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return [draw(picture_random(7, index, "drawing")) for index in range(COUNT)]


@pytest.fixture(scope="module")
def splits(drawings: list[Drawing]) -> list[str]:
    return [split_for(one.tags, picture_random(7, index, "split")) for index, one in enumerate(drawings)]


def test_no_attribute_is_rare(drawings: list[Drawing]) -> None:
    counts = Counter(tag for drawing in drawings for tag in drawing.tags)
    rare = {name: counts[name] for name in vocabulary().entries if counts[name] < 0.003 * COUNT}
    assert not rare


def test_tags_hold_together(drawings: list[Drawing]) -> None:
    known = vocabulary()
    subjects = set(known.groups["subject"])
    for drawing in drawings:
        tags = drawing.tags
        assert known.with_implied(tags) - tags <= {
            name for group in drawing.unknown for name in known.groups[group]
        }
        assert len(tags & subjects) == 1
        assert not {"man", "woman"} <= tags
        assert not ({"beard", "moustache", "goatee", "stubble"} & tags and "woman" in tags)
        assert not {"bald", "long hair"} <= tags
        assert not ("hat" in tags and tags & set(known.groups["hair colour"]))
        assert len(tags & set(known.groups["background"])) == 1


def test_hidden_is_not_absent(drawings: list[Drawing]) -> None:
    """Under a hat the hair's colour is unknown; a monster has none, and that is known."""
    hatted = next(one.grouped() for one in drawings if "hat" in one.tags)
    assert "hair colour" not in hatted
    monster = next(one.grouped() for one in drawings if "monster" in one.tags)
    assert monster["hair colour"] == []
    assert monster["subject"] == "monster"


def test_heldout_pairs_are_only_in_the_test_split(drawings: list[Drawing], splits: list[str]) -> None:
    for drawing, split in zip(drawings, splits, strict=True):
        has_pair = any(pair <= drawing.tags for pair in heldout_pairs())
        assert has_pair == (split == "test")
    shares = {name: count / COUNT for name, count in Counter(splits).items()}
    assert 0.08 < shares["test"] < 0.15
    assert 0.03 < shares["validation"] < 0.06


def test_every_pair_occurs_and_training_still_sees_each_attribute(
    drawings: list[Drawing], splits: list[str]
) -> None:
    train = [drawing for drawing, split in zip(drawings, splits, strict=True) if split == "train"]
    seen = Counter(tag for drawing in train for tag in drawing.tags)
    for pair in heldout_pairs():
        assert any(pair <= drawing.tags for drawing in drawings)
    assert all(seen[name] > 0.002 * len(train) for name in vocabulary().entries)


@pytest.mark.parametrize("table", style_tables(), ids=lambda table: table.source)
def test_colours_that_tags_name_can_be_seen(table: StyleTable) -> None:
    for index in range(12):
        drawing = draw_style(table, picture_random(3, index, table.source))
        pixels = _pixels(drawing)
        corner = str(drawing.options["backgroundColor"])
        assert _hex(pixels[0]) == corner
        for paint in table.paints:
            names = {name.attribute.format(drawing.colours[paint.paint]) for name in paint.names}
            if names & drawing.tags and paint.paint != "background":
                colour = np.array(_rgb(str(drawing.options[f"{paint.paint}Color"])))
                near = np.abs(pixels.astype(int) - colour).max(axis=1) < 26
                assert near.sum() >= 12, (drawing.options, paint.paint)


def test_a_picture_is_rgb_of_the_size_asked_for() -> None:
    drawing = draw(picture_random(0, 0, "drawing"))
    for size in (32, 64, 100):
        with Image.open(io.BytesIO(render(drawing, size))) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", (size, size))


def _pixels(drawing: Drawing) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(render(drawing, 64))) as image:
        return np.asarray(image).reshape(-1, 3)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _hex(pixel: npt.NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{value:02x}" for value in pixel)
