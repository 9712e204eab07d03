"""States: two generations, whole or refused, and nothing destroyed by a failure."""

from __future__ import annotations

import errno
import json

import pytest
import torch

from admagan.errors import InputError
from admagan.schema.settings import resolve_settings
from admagan.training.state import Identity, Progress, StateFolder

SETTINGS = resolve_settings("smoke")
OTHER = resolve_settings("smoke", overrides={"loss": {"temperature": 0.2}})
SAME = Identity("data", SETTINGS, "text")


@pytest.fixture
def states(tmp_path) -> StateFolder:
    states = StateFolder(tmp_path / "state", SAME)
    for step in (1, 2, 3):
        save(states, step)
    return states


def save(states: StateFolder, step: int) -> None:
    states.save(Progress(step=step, images=8 * step), {"weight": torch.full((3, 2), float(step))})


def step_of(states: StateFolder) -> int:
    state = states.load()
    assert torch.equal(state.tensors["weight"], torch.full((3, 2), float(state.progress.step)))
    return state.progress.step


def test_the_newest_two_are_kept(states):
    assert [path.name for path in states.generations()] == ["000000003", "000000002"]
    assert step_of(states) == 3
    assert sorted(states.folder.iterdir()) == sorted(states.generations())


def test_no_state_is_no_error(tmp_path):
    states = StateFolder(tmp_path / "none", SAME)
    assert states.load() is None
    states.check()


def test_a_torn_state_is_refused_and_the_one_before_used(states, capsys):
    file = states.generations()[0] / "tensors.safetensors"
    file.write_bytes(file.read_bytes()[:-3])
    assert step_of(states) == 2
    assert "torn" in capsys.readouterr().err
    assert file.is_file()


@pytest.mark.parametrize("content", ["", "{}", '{"format": 1}', "null", "[1]"])
def test_a_foreign_state_is_refused_and_the_one_before_used(states, content):
    (states.generations()[0] / "state.json").write_text(content)
    assert step_of(states) == 2


def test_a_state_with_a_file_missing_is_refused(states):
    (states.generations()[0] / "tensors.safetensors").unlink()
    assert step_of(states) == 2


def test_nothing_but_torn_states_is_an_error_that_destroys_nothing(states):
    for path in states.generations():
        (path / "tensors.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match="none that is whole"):
        states.load()
    assert len(states.generations()) == 2


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Identity("new", SETTINGS), "data set that has changed"),
        (Identity("data", OTHER), "loss.temperature was 0.1, is 0.2"),
        (Identity("data", SETTINGS, "other"), "text encoder: expected the one that it was trained with"),
    ],
)
def test_other_data_or_settings_are_refused(states, other, message):
    with pytest.raises(InputError, match=message):
        StateFolder(states.folder, other).check()
    with pytest.raises(InputError, match="none that is whole"):
        StateFolder(states.folder, other).load()
    assert step_of(states) == 3


def test_left_overs_of_a_killed_save_are_not_states(states):
    (states.folder / ".000000004.77.tmp").mkdir()
    assert step_of(states) == 3
    save(states, 4)
    assert step_of(states) == 4


def test_a_full_disk_leaves_the_states_before(states, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("admagan.training.state.write_weights", full)
    with pytest.raises(InputError, match=r"room to save.*No space left on device.*go on"):
        save(states, 4)
    assert step_of(states) == 3
    assert sorted(states.folder.iterdir()) == sorted(states.generations())


def test_the_card_can_be_read_by_people(states):
    card = json.loads((states.generations()[0] / "state.json").read_text())
    assert card["progress"] == {"step": 3, "images": 24, "seconds": 0.0, "setbacks": 0, "warmed_up": False}
    assert card["format"] == 2
    assert card["settings"]["train"]["batch_size"] == 16


def test_settings_that_a_later_version_adds_have_their_defaults(states):
    for path in states.generations():
        card = json.loads((path / "state.json").read_text())
        del card["settings"]["loss"]["diversity_margin"]
        (path / "state.json").write_text(json.dumps(card))
    states.check()
    assert step_of(states) == 3


def test_a_torn_state_of_a_later_step_goes_when_the_next_is_saved(states):
    save(states, 9)
    (states.generations()[0] / "tensors.safetensors").write_bytes(b"torn")
    assert step_of(states) == 3
    save(states, 4)
    assert [path.name for path in states.generations()] == ["000000004", "000000003"]
