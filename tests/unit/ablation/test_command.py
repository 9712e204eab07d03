"""An ablation goes on where one of its runs cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from admagan.ablation import command
from admagan.ablation.command import JSON, PAGE, TEXT, work_through
from admagan.ablation.folder import AblationFolder
from admagan.ablation.plan import Given, Plan, Run, make_plan
from admagan.ablation.run import Work
from admagan.errors import InputError
from admagan.evaluation.protocol import Request
from admagan.schema.ablation import AblationCard
from admagan.training.distributed import Processes
from admagan.training.loop import DivergedError


def work(plan: Plan, data: Path, out: Path) -> tuple[AblationCard, Work]:
    card = AblationCard(
        data="set", records="0" * 64, settings=plan.base, split="test", samples=20, features=()
    )
    folder = AblationFolder(out)
    folder.begin(card)
    return card, Work(data, folder, Request(), Processes())


def test_a_run_that_diverges_does_not_keep_the_others_from_their_turn(
    small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = make_plan(Given("smoke"), ["alignment"], [0])
    tried: list[str] = []

    def carry_out(_: Work, run: Run, __: object) -> None:
        tried.append(run.name)
        if run is plan.runs[0]:
            raise DivergedError("step 7: loss of the generator", "finite numbers", "others")

    monkeypatch.setattr(command, "carry_out", carry_out)
    card, work_to_do = work(plan, small_set, tmp_path / "report")
    with pytest.raises(InputError, match=f"{plan.runs[0].name} diverged"):
        work_through(plan, card, work_to_do)
    assert tried == [run.name for run in plan.runs]
    assert len(tried) == 2
    assert all((tmp_path / "report" / name).is_file() for name in (JSON, TEXT, PAGE))
    said = " ".join(capsys.readouterr().err.split())
    assert "step 7" in said
    assert ("run 1 of 2" in said, "run 2 of 2" in said) == (True, True)


def test_any_other_error_ends_it(small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(Given("smoke"), ["alignment"], [0])

    def carry_out(*_: object) -> None:
        raise InputError("disk", "room", "none")

    monkeypatch.setattr(command, "carry_out", carry_out)
    with pytest.raises(InputError, match="room"):
        work_through(plan, *work(plan, small_set, tmp_path / "report"))


def test_a_data_set_with_errors_is_refused_before_anything_is_trained(
    small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(Given("smoke"), ["alignment"], [0])
    monkeypatch.setattr(command, "carry_out", lambda *_: pytest.fail("trained"))
    (small_set / "images" / "3.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"3\.png"):
        work_through(plan, *work(plan, small_set, tmp_path / "report"))
