"""Settings: presets, files, options, and messages that name what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from cyclopts import App, Parameter

from admagan.commands.overrides import SettingsOptions, given
from admagan.errors import InputError
from admagan.schema.settings import Settings, differences, preset_names, resolve_settings
from admagan.schema.train import TrainSettings

PRESETS = (
    "coco-256 cpu-128 cpu-64 cub-256 dfgan-256 dfgan-64 reference-64 reference-coco-256 "
    "reference-cub-256 smoke"
)


def test_every_preset_is_valid():
    assert preset_names() == PRESETS.split()
    for name in preset_names():
        settings = resolve_settings(name)
        assert str(settings.generator.size) in name or name == "smoke"
        assert settings.generator.width == (
            16 if settings.generator.size <= 128 and "ref" not in name else 32
        )


@pytest.mark.parametrize("name", [name for name in PRESETS.split() if name.startswith("reference")])
def test_reference_presets_are_the_papers_recipe(name):
    settings = resolve_settings(name)
    train = settings.train
    assert (train.generator_lr, train.discriminator_lr, train.beta1, train.beta2) == (1e-4, 4e-4, 0.0, 0.9)
    assert (train.precision, train.average_half_life, train.attribute_dropout) == ("fp32", 10_000, 0)
    assert settings.generator.output == "tanh"
    loss = settings.loss
    assert (loss.penalty_weight, loss.penalty_power, loss.penalty_interval) == (2, 6, 1)
    assert (loss.classification_weight, loss.alignment_weight, loss.temperature) == (0.5, 0.1, 0.1)
    assert (settings.memory.mode, settings.memory.tau, settings.memory.p) == ("sample_joint", 0.4, 0.25)


@pytest.mark.parametrize(
    ("name", "base", "changed"),
    [
        ("cpu-128", "cpu-64", {"generator.size", "discriminator.size"}),
        (
            "dfgan-64",
            "cpu-64",
            {
                "generator.noise_in_condition",
                "memory.mode",
                "loss.classification",
                "loss.alignment_weight",
                "loss.recognition_weight",
                "train.attribute_dropout",
            },
        ),
    ],
)
def test_presets_lie_over_their_base(name, base, changed):
    assert set(differences(resolve_settings(base), resolve_settings(name))) == changed


def test_files_lie_over_the_preset_and_options_over_files(tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("train: {batch_size: 8, seed: 3}\nloss: {penalty_interval: 2}")
    two.write_text("train: {batch_size: 16}")
    settings = resolve_settings("cpu-64", [one, two], {"train": {"seed": 4}})
    assert (settings.train.batch_size, settings.train.seed, settings.train.minutes) == (16, 4, 60)
    assert settings.loss.penalty_interval == 2


def test_size_is_set_once():
    settings = resolve_settings(
        "cpu-64", overrides={"generator": {"size": 128, "condition_dim": 64}, "text": {"hidden_dim": 32}}
    )
    assert (settings.discriminator.size, settings.discriminator.condition_dim) == (128, 64)
    with pytest.raises(InputError, match=r"discriminator\.size: expected 64, as generator\.size says"):
        resolve_settings("cpu-64", overrides={"discriminator": {"size": 128}})


def test_settings_can_be_read_back(tmp_path):
    settings = resolve_settings("cpu-64", overrides={"train": {"minutes": 1.5}})
    settings.write(tmp_path / "settings.yaml")
    assert Settings.read(tmp_path / "settings.yaml") == settings
    assert resolve_settings("cpu-64", [tmp_path / "settings.yaml"]) == settings


def test_differences_are_named():
    old, new = resolve_settings("cpu-64"), resolve_settings("cpu-64", overrides={"train": {"seed": 1}})
    assert differences(old, new) == {"train.seed": (0, 1)}


def test_files_need_fit_together_only_with_the_rest(tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("generator: {condition_dim: 128}")
    two.write_text("text: {hidden_dim: 64}")
    assert resolve_settings("cpu-64", [one, two]).generator.condition_dim == 128
    assert resolve_settings("cpu-64", [one], {"text": {"hidden_dim": 64}}).text.hidden_dim == 64
    with pytest.raises(InputError, match=r"one\.yaml: text\.hidden_dim: expected half"):
        resolve_settings("cpu-64", [one])


def test_none_is_a_value_of_an_option():
    run = App(result_action="return_value")

    @run.default
    def typed(*, settings: Annotated[SettingsOptions | None, Parameter(name="*")] = None):
        return given(settings) if settings is not None else {}

    assert run(["--train.minutes", "none"], exit_on_error=False) == {"train": {"minutes": None}}
    assert run(["--train.seed", "3"], exit_on_error=False) == {"train": {"seed": 3}}
    assert run([], exit_on_error=False) == {}


@pytest.mark.parametrize("size", [40, 72])
def test_sizes_that_no_evaluator_has_are_refused(size):
    with pytest.raises(InputError, match=r"--evaluator\.size: expected a multiple of 16"):
        resolve_settings("cpu-64", overrides={"evaluator": {"size": size}})


def test_a_memory_keeps_some_of_itself():
    with pytest.raises(InputError, match=r"--memory\.p: expected less than 1"):
        resolve_settings("cpu-64", overrides={"memory": {"p": 1.0}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("train: {batchsize: 3}", r"file\.yaml: train\.batchsize.*batch_size"),
        ("trian: {batch_size: 3}", r"file\.yaml: trian.*train"),
        ("train: {batch_size: many}", r"file\.yaml: train\.batch_size"),
        ("train: {batch_size: 1}", r"file\.yaml: train\.batch_size.*greater than or equal to 2"),
        ("train: [1]", "sections with fields"),
        ("- 1", "sections with fields"),
        ("a: b: c", "valid YAML"),
        ("train: {images: 2024-13-45}", "valid YAML"),
        ("a: " + "[" * 5000, "valid YAML"),
        ("generator: {size: 100}", "power of two"),
        ("generator: {schedule: xyz}", r"generator\.schedule"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path, content, message):
    (tmp_path / "file.yaml").write_text(content)
    with pytest.raises(InputError, match=message):
        resolve_settings("cpu-64", [tmp_path / "file.yaml"])


def test_unknown_presets_and_files_are_named():
    with pytest.raises(InputError, match=r"--preset: expected one of coco-256.*'cpu64'"):
        resolve_settings("cpu64")
    with pytest.raises(InputError, match=r"no/such\.yaml"):
        resolve_settings("cpu-64", [Path("no/such.yaml")])


def test_quality_of_one_picture_is_refused():
    with pytest.raises(ValueError, match=r"train\.quality_samples: expected 0 or at least 2, found 1"):
        TrainSettings(quality_samples=1)


@pytest.mark.parametrize("section", ["generator", "discriminator"])
def test_a_size_that_cannot_be_is_named_with_its_section(section):
    with pytest.raises(
        InputError, match=rf"{section}\.size: expected a power of two from 32 to 512, found 100"
    ):
        resolve_settings("cpu-64", overrides={section: {"size": 100}})
