"""The text encoder as a stage of a run: kept, used again, and trained again when what it was made of has changed."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from admagan.training import text_encoder as module
from admagan.training.sentences import phrase_embeddings
from admagan.training.stage import Result, Stage
from admagan.training.text_encoder import Encoders, train_encoders


@pytest.fixture
def trainings(monkeypatch):
    """Count how often the encoder is really trained."""
    calls = []
    train = module.fit_damsm
    monkeypatch.setattr(module, "fit_damsm", lambda *a: calls.append(1) or train(*a))
    return calls


def assert_same(one: Encoders, other: Encoders) -> None:
    for a, b in ((one.text, other.text), (one.image, other.image)):
        assert all(torch.equal(b.state_dict()[name], tensor) for name, tensor in a.state_dict().items())


def test_the_encoder_is_trained_once_and_reported(prepared, tmp_path, trainings, capsys):
    data = prepared()
    encoders = train_encoders(data, tmp_path / "text")
    kept = train_encoders(prepared(), tmp_path / "text")
    assert len(trainings) == 1
    assert_same(kept, encoders)
    for network in (kept.text, kept.image):
        assert not network.training
        assert not any(p.requires_grad for p in network.parameters())
    again = kept.text
    assert again.config.vocabulary == data.tokenizer.get_vocab_size()
    rows = phrase_embeddings(again, data.tokenizer, data.bank)
    assert rows.shape == (len(data.bank), 64)

    stored = json.loads((tmp_path / "text" / "report.json").read_text())
    assert stored["report"]["split"] == "validation"
    assert stored["report"]["retrieval"]["images"] == 20
    assert 0 <= stored["report"]["retrieval"]["caption_recall_at_1"] <= 1
    assert 0 < stored["report"]["attribute_map"] <= 1
    assert "find their caption" in capsys.readouterr().err


def test_the_same_inputs_give_the_same_weights_and_leave_the_random_state_alone(prepared, tmp_path):
    torch.manual_seed(1)
    train_encoders(prepared(), tmp_path / "one")
    after_training = torch.rand(1)
    torch.manual_seed(2)
    train_encoders(prepared(), tmp_path / "two")
    one, two = (load_file(tmp_path / name / "weights.safetensors") for name in ("one", "two"))
    assert all(torch.equal(one[name], two[name]) for name in one)
    torch.manual_seed(1)
    train_encoders(prepared(), tmp_path / "one")
    assert torch.rand(1) == after_training


@pytest.mark.parametrize(
    "change",
    [
        {"text_training": {"images": 176}},
        {"text": {"dropout": 0.2}},
        {"data": {"fit": "pad"}},
        {"train": {"seed": 1}},
    ],
)
def test_changed_settings_train_it_again_and_say_so(prepared, tmp_path, trainings, capsys, change):
    train_encoders(prepared(), tmp_path / "text")
    train_encoders(prepared(train={"batch_size": 8}, loss={"temperature": 0.2}), tmp_path / "text")
    assert len(trainings) == 1
    capsys.readouterr()
    train_encoders(prepared(**change), tmp_path / "text")
    assert len(trainings) == 2
    said = capsys.readouterr().err
    assert "again" in said
    assert {"text_training": "text_training", "text": "text", "data": "pictures", "train": "seed"}[
        next(iter(change))
    ] in said


def test_a_given_text_encoder_stays_and_a_picture_encoder_learns_to_match_it(
    prepared, tmp_path, trainings, capsys
):
    given = train_encoders(prepared(), tmp_path / "one").text
    encoders = train_encoders(prepared(), tmp_path / "two", given=given)
    weights = given.state_dict()
    assert all(torch.equal(weights[name], tensor) for name, tensor in encoders.text.state_dict().items())
    assert "training the picture encoder" in capsys.readouterr().err
    assert_same(train_encoders(prepared(), tmp_path / "two", given=given), encoders)
    assert len(trainings) == 2
    train_encoders(prepared(), tmp_path / "two")
    assert len(trainings) == 3


def test_a_changed_picture_trains_it_again(prepared, tmp_path, trainings):
    train_encoders(prepared(), tmp_path / "text")
    shutil.copy(tmp_path / "data" / "1.png", tmp_path / "data" / "0.png")
    train_encoders(prepared(), tmp_path / "text")
    assert len(trainings) == 2


def test_a_stage_keeps_what_fits_and_refuses_what_is_damaged(tmp_path):
    stage = Stage(tmp_path / "stage", {"words": ("a", "b"), "number": 1})
    assert stage.result() is None
    stage.store(Result({"x": torch.arange(3.0)}, {"score": 0.5}))
    kept = Stage(tmp_path / "stage", {"number": 1, "words": ["a", "b"]}).result()
    assert kept is not None
    assert kept.report == {"score": 0.5}
    assert torch.equal(kept.weights["x"], torch.arange(3.0))
    assert Stage(tmp_path / "stage", {"number": 2, "words": ["a", "b"]}).result() is None
    assert Stage(tmp_path / "stage", {"words": ["a", "b"]}).result() is None

    weights = tmp_path / "stage" / "weights.safetensors"
    whole = weights.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"x", b""):
        weights.write_bytes(damaged)
        assert stage.result() is None
    weights.unlink()
    assert stage.result() is None
    weights.write_bytes(whole)
    assert stage.result() is not None
    (tmp_path / "stage" / "report.json").write_text("[]")
    assert stage.result() is None


def test_a_failed_write_leaves_the_earlier_result(tmp_path, monkeypatch):
    stage = Stage(tmp_path / "stage", {"number": 1})
    stage.store(Result({"x": torch.zeros(1)}, {}))
    monkeypatch.setattr(
        "admagan.training.stage.write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        Stage(tmp_path / "stage", {"number": 2}).store(Result({"x": torch.ones(1)}, {}))
    kept = stage.result()
    assert kept is not None
    assert kept.weights["x"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["stage"]
