"""The attribute bank: names, vectors, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admagan.bank import AttributeBank, normalise
from admagan.bank.words import identity, words
from admagan.errors import InputError
from admagan.schema.records import Attribute

NAMES = st.text("abcdefgh 蓝é", min_size=1, max_size=12).filter(normalise)


def bank_of(*names: str) -> AttributeBank:
    return AttributeBank(tuple(Attribute(name=name) for name in names))


@pytest.fixture(scope="module")
def bank() -> AttributeBank:
    return AttributeBank(
        (
            Attribute(name="beard", group="beard", phrases={"zh": ["胡子"]}),
            Attribute(name="blue hat", group="hat", phrases={"zh": ["蓝色帽子", "蓝帽"]}),
            Attribute(name="red hat", group="hat"),
            Attribute(name="blue", group="shirt colour"),
            Attribute(name="navy blue", group="shirt colour"),
            Attribute(name="Tie-dye"),
        )
    )


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Blue_HATS", "blue hat"),
        ("  navy-blue ", "Navy  Blue"),
        ("Ｈａｔｓ", "hat"),
        ("dresses", "Dress"),
        ("watches", "watch"),
        ("berries", "berry"),
        ("hoodies", "hoodie"),
        ("ties", "tie"),
        ("women's shoes", "woman shoe"),
        ("moustaches", "moustache"),
        ("Scarves", "scarf"),
        ("children", "child"),
        ("STRASSE", "straße"),
    ],
)
def test_ways_to_write_one_tag(written: str, same: str) -> None:
    assert normalise(written) == normalise(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("glasses", "glass"),
        ("shorts", "short"),
        ("navy blue", "blue"),
        ("dress", "dre"),
        ("iris", "iri"),
        ("c++", "c"),
    ],
)
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(max_size=60))
def test_words_lie_in_the_text_in_order(text: str) -> None:
    end = 0
    for word in words(text):
        assert word.start < word.end <= len(text)
        assert word.text
        assert word.start >= end or word.end == end
        end = word.end


def test_a_list_says_everything(bank: AttributeBank) -> None:
    y, known = bank.encode(["Beards", "RED hat", "never heard of"])
    assert y.dtype == np.float32
    assert y.tolist() == [1, 0, 1, 0, 0, 0]
    assert known.all()


def test_groups_say_only_what_they_name(bank: AttributeBank) -> None:
    y, known = bank.encode({"Hat": "blue", "shirt_colour": ["Navy-Blue"], "unheard of": "x"})
    assert y.tolist() == [0, 1, 0, 0, 1, 0]
    assert known.tolist() == [False, True, True, True, True, False]


@pytest.mark.parametrize(
    ("value", "y", "known"),
    [
        ("yes", 1, True),
        ("no", 0, True),
        ("none", 0, True),
        ("n/a", 0, False),
        ("", 0, False),
        ([], 0, True),
        ("胡子", 1, True),
        ("rare sort", 0, True),
    ],
)
def test_yes_no_and_unknown(bank: AttributeBank, value: str | list[str], y: int, known: bool) -> None:
    values, mask = bank.encode({"beard": value})
    assert (values[0], mask[0]) == (y, known)
    assert not mask[1:].any()


def test_a_name_wins_over_the_phrases_of_others() -> None:
    """A phrase may stand for several attributes in a text; as a tag it is the one that is called so."""
    wide = Attribute(name="glasses", group="eyewear", phrases={"en": ["glasses", "round glasses"]})
    bank = AttributeBank((wide, Attribute(name="round glasses", group="eyewear")))
    assert bank.encode({"eyewear": "round glasses"})[0].tolist() == [0, 1]
    assert bank.encode(["round glasses"])[0].tolist() == [0, 1]
    assert [match.index for match in bank.match("no round glasses")] == [0, 1]
    assert all(match.negated for match in bank.match("no round glasses"))


def test_no_tags_say_nothing(bank: AttributeBank) -> None:
    y, known = bank.encode(None)
    assert not y.any()
    assert not known.any()
    y, known = bank.encode([])
    assert not y.any()
    assert known.all()


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_tags_can_be_encoded(tags: list[str]) -> None:
    bank = bank_of("blue hat", "beard")
    y, known = bank.encode(tags)
    assert set(y.tolist()) <= {0.0, 1.0}
    assert known.all()
    y, known = bank.encode(dict.fromkeys(tags, tags))
    assert not (y.astype(bool) & ~known).any()


@given(st.lists(NAMES, max_size=8, unique_by=identity))
def test_every_name_is_found_and_encoded(names: list[str]) -> None:
    bank = bank_of(*names)
    for index, name in enumerate(names):
        assert bank.index(name.upper()) == index
        assert bank.encode([name])[0].tolist() == [float(i == index) for i in range(len(names))]


def test_an_unknown_name_lists_the_nearest(bank: AttributeBank) -> None:
    assert bank.index("tie dye") == bank.index("tiedye") == 5
    with pytest.raises(InputError, match="Nearest: blue hat"):
        bank.index("blu hat")


def test_a_blank_name_is_refused() -> None:
    with pytest.raises(InputError, match="not blank"):
        bank_of("_")


def test_two_attributes_cannot_share_a_name() -> None:
    with pytest.raises(InputError, match="'Blue hat' and 'blue_hats'"):
        bank_of("Blue hat", "blue_hats")


def test_file_round_trip(bank: AttributeBank, tmp_path: Path) -> None:
    bank.write(tmp_path / "attributes.json")
    again = AttributeBank.read(tmp_path / "attributes.json")
    assert again == bank
    assert again.label(1, "zh") == "蓝色帽子"
    assert again.label(2, "zh") == "red hat"
    assert again.groups == {"beard": (0,), "hat": (1, 2), "shirt colour": (3, 4), "": (5,)}


def test_a_damaged_file_names_file_and_field(tmp_path: Path) -> None:
    file = tmp_path / "attributes.json"
    file.write_text('{"format": 2, "attributes": []}', encoding="utf-8")
    with pytest.raises(InputError, match=r"attributes\.json: format"):
        AttributeBank.read(file)
