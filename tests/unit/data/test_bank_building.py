"""From records to a bank and to vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admagan.bank import AttributeBank
from admagan.data.bank_building import build_bank, encode_records
from admagan.data.manifest import Entry, Manifest, read_manifest
from admagan.errors import InputError
from admagan.schema.bank import BankSettings
from admagan.schema.records import MINED_GROUP, Attribute, Record


def manifest_of(*records: dict[str, object]) -> Manifest:
    parsed = [Record.model_validate({"file_name": f"{i}.png"} | record) for i, record in enumerate(records)]
    entries = tuple(Entry(record, i + 1, Path("/none") / record.file_name) for i, record in enumerate(parsed))
    return Manifest(Path("/none"), Path("/none/metadata.jsonl"), entries)


def settings_for(source: str) -> BankSettings:
    return BankSettings(source=source, miner="pattern")  # type: ignore[arg-type]


def test_source() -> None:
    manifest = manifest_of(
        {"text": "a red hat", "tags": ["scarf"]}, {"text": "a green hat"}, {"text": "a sofa"}
    )
    assert build_bank(manifest).names == ("scarf",)
    assert build_bank(manifest, settings_for("tags")).names == ("scarf",)
    assert set(build_bank(manifest, settings_for("captions")).names) == {"red", "green", "hat", "sofa"}
    both = build_bank(manifest, settings_for("both"))
    assert both.groups == {"": (0,), MINED_GROUP: (1, 2, 3, 4)}
    untagged = manifest_of({"text": "a red hat"}, {"text": "a sofa"})
    assert set(build_bank(untagged).names) == {"red hat", "sofa"}


def test_a_source_without_anything_is_an_error() -> None:
    manifest = manifest_of({"text": "?"}, {"tags": []})
    for source in ("tags", "captions"):
        with pytest.raises(InputError, match=f"bank.source={source}"):
            build_bank(manifest, settings_for(source))
    assert len(build_bank(manifest)) == 0
    assert encode_records(manifest, build_bank(manifest))[0].shape == (2, 0)


def test_mined_phrases_that_are_one_but_for_spaces_are_one_attribute() -> None:
    words = ["skateboard", "skate board", "surfboard", "hat"]
    colours = ["red", "blue", "green"]
    captions = [f"a {colours[i % 3]} {words[i % 4]} on the ground" for i in range(200)]
    bank = build_bank(manifest_of(*({"text": caption} for caption in captions)), settings_for("captions"))
    found = bank.find("skateboard")
    assert found is not None
    assert found == bank.find("skate board")
    assert bank.attributes[found].count == 100
    assert [match.index for match in bank.match("a skate board")] == [found]


def test_mined_attributes_are_known_where_there_are_captions() -> None:
    names = ["hat", "blue hat", "beard", "sofa"]
    bank = AttributeBank(tuple(Attribute(name=name, group=MINED_GROUP) for name in names))
    manifest = manifest_of(
        {"text": ["a blue hat", "a man"]},
        {"text": ["a hat", "no hat, but a beard"], "tags": []},
        {"tags": []},
        {"text": "a blue hat and another hat"},
    )
    y, known = encode_records(manifest, bank)
    assert y.dtype == np.float32
    assert y.tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0]]
    assert known.tolist() == [[False, True, True, True], [True] * 4, [False] * 4, [True] * 4]


def test_captions_speak_for_pictures_without_tags() -> None:
    bank = AttributeBank((Attribute(name="hat"), Attribute(name="beard"), Attribute(name="sofa")))
    manifest = manifest_of({"text": "a hat, no beard"}, {"text": "a beard", "tags": ["hat"]}, {})
    y, known = encode_records(manifest, bank)
    assert y.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert known.tolist() == [[True, True, False], [True, True, True], [False] * 3]


TAG = st.sampled_from(
    ["hat", "Hats", "red", "navy-blue", "t shirt", "TShirt", "yes", "no", "", "?", "x_y", "red hat"]
)
TAGS = st.one_of(
    st.none(),
    st.lists(TAG, max_size=3),
    st.dictionaries(st.sampled_from(["hat", "shirt", "Shirts"]), st.one_of(TAG, st.lists(TAG, max_size=2))),
)


def test_a_value_of_two_groups_is_found_under_whatever_name_was_left() -> None:
    taken = [{"thing": "blue hat"}, {"thing": "blue hat"}, {"other": "hat blue"}]
    for others in (taken[:2], taken):
        manifest = manifest_of(*({"tags": tags} for tags in (*others, {"hat": "blue"}, {"shirt": "blue"})))
        bank = build_bank(manifest)
        y, _ = encode_records(manifest, bank)
        assert y.sum(axis=0).tolist() == [attribute.count for attribute in bank.attributes]
        assert len(bank) == 3 + (others is taken)


@given(st.lists(TAGS, min_size=1, max_size=8))
def test_counts_are_those_of_the_vectors(tags: list[object]) -> None:
    manifest = manifest_of(*({"tags": tag} for tag in tags))
    bank = build_bank(manifest)
    y, known = encode_records(manifest, bank)
    assert y.sum(axis=0).tolist() == [attribute.count for attribute in bank.attributes]
    assert not (y.astype(bool) & ~known).any()


@pytest.mark.shared
@pytest.mark.parametrize("source", ["tags", pytest.param("captions", marks=pytest.mark.slow)])
def test_the_photos(fashion: Path, source: str) -> None:
    train = read_manifest(fashion).split("train")
    bank = build_bank(train, settings_for(source))
    y, known = encode_records(train, bank)
    assert 50 < len(bank) <= 512
    assert y.sum(axis=0).tolist() == [attribute.count for attribute in bank.attributes]
    assert not (y.astype(bool) & ~known).any()
    assert {"navy blue", "blue", "sunglasses", "sports shoes"} <= set(bank.names)
