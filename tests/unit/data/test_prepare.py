"""From a folder to numbers: captions, attributes, splits, and nothing made twice."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from admagan.data import prepare as module
from admagan.data.manifest import read_manifest
from admagan.data.prepare import prepare
from admagan.data.shards import write_shards
from admagan.errors import InputError
from admagan.schema.settings import resolve_settings

COLOURS = ["red", "green", "blue"]
SETTINGS = resolve_settings("smoke", overrides={"text": {"vocabulary": 300, "max_tokens": 6}})


@pytest.fixture
def folder(tmp_path):
    """Return a data set of 40 squares; the last four are the test split, and one has two captions."""
    root = tmp_path / "data"
    root.mkdir()
    for index in range(40):
        Image.new("RGB", (20, 20), COLOURS[index % 3]).save(root / f"{index}.png")
    write(root)
    return root


def write(root, **changes):
    records = [
        {
            "file_name": f"{index}.png",
            "text": [f"a {COLOURS[index % 3]} square", "no words"][: 2 if index == 1 else 1],
            "tags": [COLOURS[index % 3]],
            "split": "train" if index < 36 else "test",
        }
        for index in range(40)
    ]
    records[0] |= changes
    (root / "metadata.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


def test_splits_as_numbers(folder, tmp_path):
    data = prepare(folder, SETTINGS, tmp_path / "made")
    assert set(data.bank.names) == set(COLOURS)
    assert sum(map(len, data.samples.values())) == 40
    assert len(data.samples["test"]) == 4
    train = data.samples["train"]
    assert len(train.tokens) == train.captions[-1] == len(train) + 1
    assert train.tokens.shape[1] == 6
    assert (train.lengths >= 1).all()
    assert train.known.all()
    assert (train.attributes.sum(axis=1) == 1).all()
    for split in data.samples:
        batch = data.training_set(split, 4).batch(0)
        named = [data.bank.names[row.argmax()] for row in batch.attributes]
        seen = [COLOURS[int(x[:, 5, 5].argmax())] for x in batch.images]
        assert named == seen
    assert data.held_out() == "validation"
    del data.samples["validation"]
    assert data.held_out() == "train"  # never test, which figures are from
    assert "test" in data.samples
    assert data.captions("test")[0] == ["a red square"]


def test_shards_give_the_same_numbers(folder, tmp_path):
    write_shards(read_manifest(folder), tmp_path / "shards")
    single = prepare(folder, SETTINGS, tmp_path / "made")
    shards = prepare(tmp_path / "shards", SETTINGS, tmp_path / "made too")
    assert shards.bank == single.bank
    for split, samples in single.samples.items():
        for name in ("tokens", "lengths", "captions", "attributes", "known"):
            assert np.array_equal(getattr(samples, name), getattr(shards.samples[split], name))
        places = np.arange(len(samples))[::-1]
        one, two = (data.training_set(split, 4, flip=True).plain(places) for data in (single, shards))
        assert torch.equal(one.images, two.images)
        assert torch.equal(one.tokens, two.tokens)
    batch = shards.training_set("train", 4).batch(2)
    named = [shards.bank.names[row.argmax()] for row in batch.attributes]
    assert named == [COLOURS[int(x[:, 5, 5].argmax())] for x in batch.images]


def test_nothing_is_made_twice(folder, tmp_path, monkeypatch):
    first = prepare(folder, SETTINGS, tmp_path / "made")
    monkeypatch.setattr(module, "build_bank", None)
    again = prepare(folder, SETTINGS, tmp_path / "made")
    assert again.fingerprint == first.fingerprint
    for one, two in zip(
        vars(first.samples["train"]).values(), vars(again.samples["train"]).values(), strict=True
    ):
        assert np.array_equal(one, two)


def test_changes_are_noticed(folder, tmp_path):
    first = prepare(folder, SETTINGS, tmp_path / "made").fingerprint
    write(folder, text=["another caption"])
    second = prepare(folder, SETTINGS, tmp_path / "made").fingerprint
    Image.new("RGB", (20, 20), "white").save(folder / "3.png")
    third = prepare(folder, SETTINGS, tmp_path / "made").fingerprint
    (tmp_path / "made" / "tokenizer.json").write_text("{}")
    assert len({first, second, third}) == 3
    assert prepare(folder, SETTINGS, tmp_path / "made").fingerprint == third


def test_a_set_without_training_records_is_refused(tmp_path):
    Image.new("RGB", (20, 20)).save(tmp_path / "0.png")
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "0.png", "text": "x", "split": "test"}\n')
    with pytest.raises(InputError, match="records in split train"):
        prepare(tmp_path, SETTINGS, tmp_path / "made")
