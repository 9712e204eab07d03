"""What captions settle of a picture, by words alone."""

from __future__ import annotations

import numpy as np
import pytest

from admagan.bank import AttributeBank
from admagan.evaluation.said import said
from admagan.schema.records import MINED_GROUP, Attribute

BANK = AttributeBank(
    tuple(
        Attribute(name=name, group=group)
        for name, group in (
            ("red hat", "hat colour"),
            ("blue hat", "hat colour"),
            ("hat", "headwear"),
            ("beanie", "headwear"),
            ("beard", ""),
            ("glasses", ""),
            ("sitting", MINED_GROUP),
            ("outdoors", MINED_GROUP),
        )
    )
)


def names(mask: np.ndarray) -> set[str]:
    return {name for name, on in zip(BANK.names, mask, strict=True) if on}


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("a man with a blue hat", {"blue hat"}, {"red hat"}),
        ("a man with a beard", {"beard"}, set()),
        ("a man without glasses", set(), {"glasses"}),
        ("no hat", set(), {"hat"}),
        ("he is sitting", {"sitting"}, set()),
        ("a red hat and a blue hat", {"red hat", "blue hat"}, set()),
        ("nothing of it", set(), set()),
        ("a beard, no beard", set(), set()),
    ],
)
def test_what_a_text_says(text: str, present: set[str], absent: set[str]) -> None:
    found = said(BANK, [text])
    assert names(found.present[0]) == present
    assert names(found.absent[0]) == absent


def test_what_is_open_or_contradicted_is_not_asked() -> None:
    found = said(BANK, ["a beanie, no glasses", "a beard"])
    labels = np.zeros((2, len(BANK)), np.bool_)
    labels[0, [BANK.index("hat"), BANK.index("beanie"), BANK.index("glasses")]] = True
    settled = found.settled(np.array([0, 1]), labels)
    # A beanie is a hat, whatever the choice says; the annotation has glasses; of the rest the text is silent.
    assert names(settled[0]) == {"beanie"}
    # Annotated without a beard: the text says otherwise.
    assert names(settled[1]) == set()


def test_texts_are_looked_up_for_each_sample() -> None:
    found = said(BANK, ["a beard", "glasses"])
    labels = np.ones((3, len(BANK)), np.bool_)
    settled = found.settled(np.array([1, 0, 1]), labels)
    assert [names(row) for row in settled] == [{"glasses"}, {"beard"}, {"glasses"}]
