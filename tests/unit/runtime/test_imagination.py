"""What a prompt leaves open: drawn from training pictures that fit it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import ATTRIBUTES, tiny_trained

from admagan import AdmaGAN, InputError
from admagan.export.folder import write_model_folder
from admagan.files import sha256, write_json
from admagan.runtime.folder import read_model_folder
from admagan.runtime.imagination import FEWEST, Imagination
from admagan.runtime.prompt import Reading
from admagan.schema.model_folder import ModelConfig
from admagan.schema.records import MINED_GROUP

HUMAN, BEARD, ANTENNAE, HAT = range(4)
EXAMPLES = np.array(
    [[1, 1, 0, 0]] * 10 + [[1, 0, 0, 1]] * 20 + [[1, 1, 0, 1]] * 10 + [[0, 0, 1, 0]] * 40, np.bool_
)
SHARES = (EXAMPLES.sum(0) + 0.5) / (len(EXAMPLES) + 1)


def reading(said: dict[int, float] | None = None, probabilities: np.ndarray = SHARES) -> Reading:
    strengths = np.zeros(4, np.float32)
    is_open = np.ones(4, np.bool_)
    for index, strength in (said or {}).items():
        strengths[index], is_open[index] = strength, False
    believed = np.where(is_open, probabilities, strengths)
    return Reading("", np.zeros(2, np.float32), strengths, (), (), believed, ~is_open, is_open)


def drawn(read: Reading, count: int = 400) -> np.ndarray:
    imagine = Imagination(EXAMPLES)
    return np.stack([each.strengths for each in imagine(read, 3, range(count))])


def test_a_prompt_that_says_nothing_gives_what_training_pictures_have():
    made = drawn(reading())
    np.testing.assert_allclose(made.mean(0), SHARES, atol=0.08)
    assert {tuple(row) for row in made.tolist()} == {tuple(row) for row in EXAMPLES.tolist()}


def test_what_is_said_stays_and_the_rest_goes_with_it():
    made = drawn(reading({BEARD: 1.0}))
    assert (made[:, BEARD] == 1).all()
    assert made[:, HUMAN].mean() > 0.85
    assert made[:, ANTENNAE].mean() < 0.15
    assert 0.3 < made[:, HAT].mean() < 0.7


def test_what_is_denied_stays_away_and_takes_along_what_goes_with_it():
    made = drawn(reading({HUMAN: 0.0}))
    assert (made[:, HUMAN] == 0).all()
    assert made[:, BEARD].mean() < 0.1
    assert made[:, ANTENNAE].mean() > 0.85


def test_a_strength_between_is_kept():
    assert (drawn(reading({HAT: 0.5}), 20)[:, HAT] == 0.5).all()


def test_the_classifier_says_what_is_likely():
    unlikely = np.array([0.98, 0.4, 0.01, 0.5])
    assert drawn(reading(probabilities=unlikely))[:, ANTENNAE].mean() < 0.2


def test_what_no_example_has_together_is_still_drawn():
    made = drawn(reading({BEARD: 1.0, ANTENNAE: 1.0}), 20)
    assert (made[:, [BEARD, ANTENNAE]] == 1).all()


def test_a_rare_thing_that_was_asked_for_brings_what_goes_with_it():
    """As a blue hat does: one picture in a hundred has one, and all of those have short hair under it."""
    rare = np.array([[1, 1, 0, 1]] * 20 + [[1, 0, 1, 0]] * 1980, np.bool_)
    probabilities = (rare.sum(0) + 0.5) / (len(rare) + 1)
    imagine = Imagination(rare)
    made = np.stack([each.strengths for each in imagine(reading({BEARD: 1.0}, probabilities), 3, range(200))])
    assert made[:, HAT].mean() > 0.95


def test_pictures_in_a_row_are_not_told_the_same_twice():
    every = np.eye(40, 4, dtype=np.bool_) | (np.arange(40)[:, None] >> np.arange(4) & 1).astype(np.bool_)
    imagine = Imagination(np.unique(every, axis=0))
    for start in (0, 8, 16):
        told = {tuple(each.strengths) for each in imagine(reading(), 5, range(start, start + 8))}
        assert len(told) == 8


def test_a_prompt_that_says_much_still_leaves_a_choice():
    imagine = Imagination(np.random.default_rng(0).random((500, 40)) < 0.3)
    said = np.random.default_rng(1).random(40) < 0.3
    closed = np.zeros(40, np.bool_)
    read = Reading("", np.zeros(2), said.astype(np.float32), (), (), said.astype(float), ~closed, closed)
    weights = imagine.weights(read)
    assert weights.sum() ** 2 / (weights**2).sum() >= FEWEST
    assert weights[imagine.examples[:, said].all(1)].min(initial=1) == 1


@given(st.integers(0, 2**63 - 1), st.integers(0, 1000))
def test_seed_and_number_decide(seed, index):
    one, other = Imagination(EXAMPLES), Imagination(EXAMPLES)
    first = one(reading(), seed, [index])[0].strengths
    assert (first == other(reading(), seed, range(index, index + 9))[0].strengths).all()


def test_without_examples_or_open_attributes_nothing_is_added():
    nothing = Imagination(np.zeros((0, 4), np.bool_))
    read = reading({HAT: 1.0})
    assert nothing(read, 0, [0])[0] is read
    closed = replace(read, is_open=np.zeros(4, np.bool_))
    assert Imagination(EXAMPLES)(closed, 0, [0])[0] is closed


@pytest.fixture
def model(tiny_model: Path) -> AdmaGAN:
    return AdmaGAN.load(tiny_model)


def test_a_group_of_which_something_was_said_is_closed(model):
    read = model.read("a man with a blue hat and without glasses")
    bank = model.attributes
    still_open = {name for name, is_open in zip(bank.names, read.is_open, strict=True) if is_open}
    assert not {"blue hat", "green hat", "glasses"} & still_open
    assert "beard" in still_open or any(a.source == "classifier" for a in read.attributes)


def test_rivals_are_the_others_of_a_choice(model):
    bank = model.attributes
    rivals = np.flatnonzero(model.folder.bank.with_rivals({bank.index("red hair"), bank.index("beard")}))
    assert {bank.names[index] for index in rivals} == {"red hair", "black hair", "beard"}


def test_attributes_mined_from_captions_are_no_choice(tmp_path: Path):
    """They share one group, and a picture has several of them."""
    mined = tuple(a.model_copy(update={"group": MINED_GROUP}) for a in ATTRIBUTES)
    write_model_folder(tiny_trained(mined), tmp_path / "mined")
    model = AdmaGAN.load(tmp_path / "mined")
    read = model.read("red hair")
    understood = {attribute.name for attribute in read.attributes}
    is_open = {name for name, still in zip(model.attributes.names, read.is_open, strict=True) if still}
    assert understood | is_open == set(model.attributes.names)
    named = {model.attributes.index("red hair")}
    assert np.flatnonzero(model.folder.bank.with_rivals(named)).tolist() == list(named)


def test_pictures_of_one_prompt_differ_in_what_it_leaves_open(model):
    read = replace(model.read("a man"), is_open=np.ones(len(model.attributes), np.bool_))
    sets = {tuple(each.strengths.tolist()) for each in model.imagine(read, 1, range(20))}
    assert len(sets) > 3
    without = model("a man", n=8, seed=1, imagine=False)
    assert without.images != model("a man", n=8, seed=1).images
    assert without.attributes == model("a man", n=8, seed=1).attributes


def test_models_written_without_examples_still_work(tiny_model: Path, tmp_path: Path):
    folder = tmp_path / "old"
    folder.mkdir()
    for file in tiny_model.iterdir():
        if file.name != "examples.json":
            (folder / file.name).write_bytes(file.read_bytes())
    config = ModelConfig.read(folder / "config.json")
    files = {name: digest for name, digest in config.files.items() if name != "examples.json"}
    write_json(folder / "config.json", config.model_copy(update={"files": files}).model_dump(mode="json"))
    model = AdmaGAN.load(folder)
    assert model("a man", seed=1).images == model("a man", seed=1, imagine=False).images


def test_examples_of_another_bank_are_refused(tiny_model: Path, tmp_path: Path):
    folder = tmp_path / "other"
    folder.mkdir()
    for file in tiny_model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    write_json(folder / "examples.json", {"format": 1, "pictures": [[0], [2, 7]]})
    config = ModelConfig.read(folder / "config.json")
    files = config.files | {"examples.json": sha256(folder / "examples.json")}
    write_json(folder / "config.json", config.model_copy(update={"files": files}).model_dump(mode="json"))
    with pytest.raises(InputError, match=r"examples.json: pictures.1: expected indices below 7, found 7"):
        _ = read_model_folder(folder).examples
