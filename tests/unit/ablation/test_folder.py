"""The folder of an ablation never changes its meaning, and `--dry-run` leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from admagan.ablation.command import Typed, ablate
from admagan.ablation.folder import AblationFolder
from admagan.ablation.plan import Given, Run, make_plan
from admagan.errors import InputError
from admagan.schema.ablation import AblationCard, RunRecord

TINY = Path(__file__).parents[2] / "helpers" / "tiny_gan.yaml"


def card(split: str = "test", **loss: float) -> AblationCard:
    settings = make_plan(Given("smoke", overrides={"loss": loss}), ["memory"], [0]).base
    return AblationCard(data="set", records="0" * 64, settings=settings, split=split, samples=20, features=())


def put_on_record(folder: AblationFolder, run: Run) -> None:
    RunRecord(
        arm=run.arm, settings=run.settings, images=1, seconds=1, setbacks=0, evaluation_seconds=1, captions=()
    ).write(folder.record(run))
    folder.strip(run).touch()


def test_other_conditions_are_refused_by_name(tmp_path: Path) -> None:
    folder = AblationFolder(tmp_path / "report")
    folder.begin(card())
    folder.begin(card())
    with pytest.raises(InputError) as refused:
        folder.begin(card("train", temperature=0.2))
    with pytest.raises(InputError, match="records was"):
        folder.begin(card().model_copy(update={"records": "1" * 64}))
    message = str(refused.value)
    assert "settings.loss.temperature was 0.1, is 0.2; split was 'test', is 'train'" in message


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="a new or empty folder"):
        AblationFolder(tmp_path).begin(card())
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_result_of_other_settings_is_refused(tmp_path: Path) -> None:
    folder = AblationFolder(tmp_path / "report")
    run = make_plan(Given("smoke"), ["alignment"], [0]).runs[1]
    assert folder.finished([run]) == []
    loss = run.settings.loss.model_copy(update={"temperature": 0.3})
    put_on_record(folder, replace(run, settings=run.settings.model_copy(update={"loss": loss})))
    with pytest.raises(InputError, match=r"loss.temperature was 0.3, is 0.1"):
        folder.finished([run])


def test_a_run_whose_picture_was_removed_is_evaluated_again(tmp_path: Path) -> None:
    folder = AblationFolder(tmp_path / "report")
    run = make_plan(Given("smoke"), ["alignment"], [0]).runs[1]
    put_on_record(folder, run)
    folder.strip(run).unlink()
    assert folder.finished([run]) == []


def test_a_dry_run_says_what_and_how_long(small_set: Path, tmp_path: Path, capsys) -> None:
    given = Given("smoke", [TINY], {"train": {"minutes": 30.0, "images": 10**9}})
    out = tmp_path / "report"
    assert ablate(Typed(small_set, out, given, "alignment, classification", "2", dry_run=True)) == 0
    said = capsys.readouterr().out
    assert "off: alignment-off" in said
    assert "6 trainings: 3 arms, seeds 0, 1" in said
    assert "about 3:00:00 in all" in said
    assert not out.exists()
