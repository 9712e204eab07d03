"""Which trainings a set of questions needs."""

from __future__ import annotations

import itertools

import pytest

from admagan.ablation.command import parse_seeds
from admagan.ablation.plan import BUDGET, DEFAULT_ARM, Given, Plan, make_plan
from admagan.ablation.questions import QUESTIONS
from admagan.errors import InputError
from admagan.schema.base import field_differences
from admagan.schema.settings import preset_names, resolve_settings

NAMES = [question.name for question in QUESTIONS]


def settings_of(plan: Plan, name: str):
    return next(run.settings for run in plan.runs if run.name == name)


def test_shared_arms_are_trained_once() -> None:
    plan = make_plan(Given("cpu-64"), ["memory", "initialisation", "alignment", "baseline"], [0, 1])
    assert [run.name for run in plan.runs[:8]] == [
        f"{arm}-0"
        for arm in (
            "default",
            "memory-none",
            "memory-fixed",
            "memory-joint",
            "noise-learned",
            "noise-fixed",
            "alignment-off",
            "df-gan",
        )
    ]
    assert [run.arm for run in plan.runs[8:]] == [run.arm for run in plan.runs[:8]]
    assert {run.seed for run in plan.runs[8:]} == {1}
    lines = {table.question.name: [line.arm for line in table.lines] for table in plan.tables}
    assert lines["memory"][2] == lines["initialisation"][0] == lines["alignment"][0] == DEFAULT_ARM
    assert lines["memory"][1] == lines["initialisation"][2]


def test_no_two_runs_are_the_same() -> None:
    plan = make_plan(Given("cpu-64"), None, [0])
    for one, other in itertools.combinations(plan.runs, 2):
        assert one.settings != other.settings, (one.name, other.name)
    assert len({run.name for run in plan.runs}) == len(plan.runs)


def test_names_of_runs_do_not_depend_on_what_is_asked() -> None:
    every = {run.name: run.settings for run in make_plan(Given("cpu-64"), None, [3]).runs}
    for name in NAMES:
        for run in make_plan(Given("cpu-64"), [name], [3]).runs:
            assert every[run.name] == run.settings


@pytest.mark.parametrize("preset", preset_names())
def test_every_arm_builds_from_every_preset(preset: str) -> None:
    plan = make_plan(Given(preset), None, [0])
    assert plan.tables
    sizes = {run.settings.generator.size for run in plan.runs}
    budgets = {(run.settings.train.minutes, run.settings.train.images) for run in plan.runs}
    pictures = {(run.settings.data, run.settings.bank) for run in plan.runs}
    assert (len(sizes), len(budgets), len(pictures)) == (1, 1, 1)


def test_arms_say_what_they_mean() -> None:
    plan = make_plan(Given("cpu-64"), None, [5])
    schedules = {run.arm: run.settings.generator.block_conditions for run in plan.runs}
    assert schedules["sentence-first"] == "sssaa"
    assert schedules["both-everywhere"] == "bbbbb"
    assert schedules["attributes-long"] == "aaaas"
    assert schedules[DEFAULT_ARM] == "aaass"
    df_gan = settings_of(plan, "df-gan-5")
    assert df_gan.memory.mode == "none"
    assert df_gan.loss.classification == "off"
    assert df_gan.loss.alignment_weight == 0
    assert df_gan.generator.noise_in_condition
    paper = settings_of(plan, "recipe-paper-5")
    assert (paper.generator.output, paper.train.precision) == ("tanh", "fp32")
    assert paper.train.seed == 5


def test_what_is_typed_holds_for_every_arm() -> None:
    typed = {"train": {"images": 640, "generator_lr": 5e-4}, "loss": {"temperature": 0.2}}
    for run in make_plan(Given("cpu-64", overrides=typed), None, [0]).runs:
        assert run.settings.train.images == 640
        assert run.settings.train.generator_lr == 5e-4
        assert run.settings.loss.temperature == 0.2


def test_a_question_that_the_settings_close_is_left_out_or_refused(capsys) -> None:
    given = Given("cpu-64", overrides={"memory": {"mode": "none"}})
    assert "initialisation" not in [table.question.name for table in make_plan(given, None, [0]).tables]
    assert "left out: initialisation" in capsys.readouterr().err
    with pytest.raises(InputError, match="'phrases, learned' and 'noise, learned' are the same"):
        make_plan(given, ["initialisation"], [0])


def test_the_papers_recipe_is_the_papers_but_for_size_data_and_budget() -> None:
    plan = make_plan(Given("cpu-64"), ["recipe"], [0])
    changed = field_differences(resolve_settings("reference-64"), settings_of(plan, "recipe-paper-0"))
    assert set(changed) <= {f"train.{name}" for name in BUDGET}
    assert settings_of(plan, "recipe-paper-0").train.minutes == plan.base.train.minutes


def test_what_is_typed_need_not_go_with_questions_that_are_not_asked(capsys) -> None:
    given = Given(
        "cpu-64", overrides={"loss": {"recognition_weight": 0.6}}
    )  # the paper's recipe has no recogniser
    assert make_plan(given, ["memory"], [0]).tables
    assert "recipe" not in [table.question.name for table in make_plan(given, None, [0]).tables]
    assert "left out: recipe" in capsys.readouterr().err
    with pytest.raises(InputError, match="attribute-weight"):
        make_plan(given, ["recipe"], [0])


def test_arms_that_nothing_can_teach_are_found_before_training(capsys) -> None:
    given = Given("cpu-64", overrides={"train": {"warm_up": 0.3}})
    assert "recipe" not in [table.question.name for table in make_plan(given, None, [0]).tables]
    assert "left out: recipe" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"--train\.warm-up"):
        make_plan(given, ["recipe"], [0])


def test_options_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="--questions: expected some of memory"):
        make_plan(Given("cpu-64"), ["colour"], [0])
    with pytest.raises(InputError, match="Use --seeds"):
        make_plan(Given("cpu-64", overrides={"train": {"seed": 3}}), None, [0])


def test_seeds_are_a_list_or_a_count() -> None:
    assert list(parse_seeds("3")) == [0, 1, 2]
    assert list(parse_seeds("4, 1")) == [4, 1]
    assert list(parse_seeds("7,")) == [7]
    for wrong in ("", "0", "1,1", "1,01", "a", "-1", "1," + "9" * 30, "9999999"):
        with pytest.raises(InputError, match="--seeds"):
            parse_seeds(wrong)
