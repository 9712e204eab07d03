"""A run as a whole: its stages, and every failure in one clear message that destroys nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn import draw_set
from PIL import Image
from safetensors.torch import load_file, save_file

from admagan.data.manifest import read_manifest
from admagan.data.shards import write_shards
from admagan.errors import InputError
from admagan.export.folder import load_trained, write_model_folder
from admagan.files import sha256
from admagan.schema.settings import resolve_settings
from admagan.training.command import Typed, train
from admagan.training.distributed import Processes
from admagan.training.folder import RunFolder
from admagan.training.run import Request, run

TINY = Path(__file__).parents[2] / "helpers" / "tiny_gan.yaml"


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Typed:
    """Return the command of a run that has ended after two steps."""
    folder = tmp_path_factory.mktemp("begun")
    typed = Typed(draw_set(folder / "shapes", 40), "smoke", folder / "run", [TINY])
    assert train(typed) == 0
    return typed


@pytest.fixture
def copied(begun, tmp_path) -> Typed:
    """Return the same run in a copy, to be resumed with the settings in its folder."""
    for name in ("shapes", "run"):
        shutil.copytree(begun.data.parent / name, tmp_path / name)
    shutil.rmtree(tmp_path / "shapes" / ".admagan-cache")
    return Typed(tmp_path / "shapes", out=tmp_path / "run", overrides={"train": {"images": 12}})


def steps(typed: Typed) -> list[str]:
    return sorted(path.name for path in typed.folder.states.iterdir())


def refused(typed: Typed, message: str) -> None:
    """Expect the message, and the run folder as it was."""
    before = {path: path.read_bytes() for path in typed.folder.path.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=message):
        train(typed)
    after = {path: path.read_bytes() for path in typed.folder.path.rglob("*") if path.is_file()}
    assert before == after


def test_a_run_leaves_a_model_and_what_it_came_from(begun):
    folder = begun.folder
    model = load_trained(folder.model)
    assert model.config.images_seen == 8
    assert model.config.name == "run"
    assert "40" not in model.config.data
    assert "training pictures" in model.config.data
    assert len(model.bank) > 3
    assert steps(begun) == ["000000001", "000000002"]
    assert json.loads((folder.path / "run.json").read_text())["data"] == str(begun.data)
    assert len(list((folder.path / "samples").glob("[0-9]*.png"))) == 1


def test_a_finished_run_does_nothing_again(begun, capsys):
    files = [path for path in begun.folder.path.rglob("*") if path.suffix in (".safetensors", ".onnx")]
    before = {path: path.stat().st_mtime_ns for path in files}
    assert train(replace(begun, resume=True)) == 0
    assert {path: path.stat().st_mtime_ns for path in files} == before
    assert "going on from step 2" in capsys.readouterr().err


def test_a_run_goes_on_for_longer_with_its_own_settings(copied):
    assert train(copied) == 0
    assert steps(copied) == ["000000002", "000000003"]
    assert load_trained(copied.folder.model).config.images_seen == 12


def test_a_data_set_with_errors_is_refused_before_anything_is_made(begun, tmp_path):
    data = shutil.copytree(begun.data, tmp_path / "data")
    with (data / "metadata.jsonl").open("a") as file:
        file.write('{"file_name": "nowhere.png", "text": "a picture that is not there"}\n')
    refused(replace(begun, data=data, out=tmp_path / "run"), "nowhere.png")
    assert not (tmp_path / "run").exists()


def test_stages_can_be_taken_one_by_one(begun, tmp_path):
    typed = Typed(begun.data, "smoke", tmp_path / "run", [TINY])
    for stage, there in (("data", "data"), ("text", "text"), ("tagger", "tagger"), ("gan", "state")):
        assert not (tmp_path / "run" / there).exists()
        assert train(replace(typed, stage=stage)) == 0
        assert (tmp_path / "run" / there).is_dir()
    assert not typed.folder.model.exists()
    assert train(replace(typed, stage="model", overrides={"train": {"images": 10**9}})) == 0
    assert load_trained(typed.folder.model).config.images_seen == 8


def test_a_model_needs_a_state(begun, tmp_path):
    typed = Typed(begun.data, "smoke", tmp_path / "run", [TINY], stage="model")
    with pytest.raises(InputError, match="a state to make a model of"):
        train(typed)


def test_a_torn_state_costs_one_generation(copied, capsys):
    newest = copied.folder.states / "000000002" / "tensors.safetensors"
    newest.write_bytes(newest.read_bytes()[:100])
    assert train(copied) == 0
    assert "going on from step 1" in capsys.readouterr().err
    assert steps(copied) == ["000000002", "000000003"]


def test_one_run_folder_trains_once_at_a_time(copied):
    with copied.folder.lock():
        refused(copied, "expected a folder that nobody trains in, found one in use")
    assert train(copied) == 0


def test_what_killed_runs_have_left_is_removed_or_put_back(copied):
    path = copied.folder.path
    (path / ".model.7-8.tmp").mkdir()
    (path / "tagger").rename(path / ".tagger.7-8.old")
    shutil.copytree(path / "text", path / ".text.7-8.old")
    for of_a_user in (".bashrc.old", ".notes.tmp"):
        (path / of_a_user).write_text("mine")
    assert train(copied) == 0
    left = [each.name for each in path.iterdir() if each.name.startswith(".")]
    assert sorted(left) == [".bashrc.old", ".notes.tmp"]


def test_another_text_encoder_than_before_is_refused(copied):
    weights = copied.folder.text / "weights.safetensors"
    tensors = load_file(weights)
    save_file({name: tensor * 1.01 for name, tensor in tensors.items()}, weights)
    report = copied.folder.text / "report.json"
    stored = json.loads(report.read_text())
    report.write_text(json.dumps(stored | {"sha256": sha256(weights)}))
    before = steps(copied)
    with pytest.raises(InputError, match="text encoder: expected the one that it was trained with"):
        train(copied)
    assert steps(copied) == before


def test_a_run_that_has_lost_its_text_encoder_trains_no_other(copied):
    weights, report = copied.folder.text / "weights.safetensors", copied.folder.text / "report.json"
    save_file({name: tensor + 1 for name, tensor in load_file(weights).items()}, weights)
    with pytest.raises(InputError, match="text: expected the text encoder that its training was begun with"):
        train(copied)
    stored = json.loads(report.read_text()) | {"sha256": sha256(weights)}
    report.write_text(json.dumps(stored))
    before = weights.read_bytes()
    with pytest.raises(InputError, match="state"):
        train(copied)
    assert weights.read_bytes() == before
    shutil.rmtree(copied.folder.text)
    with pytest.raises(InputError, match="text: expected the text encoder"):
        train(copied)


def test_a_setting_that_a_later_version_adds_keeps_no_run_from_going_on(copied):
    report = copied.folder.text / "report.json"
    stored = json.loads(report.read_text())
    del stored["inputs"]["text_training"]["filler"]
    report.write_text(json.dumps(stored))
    assert train(copied) == 0


def test_each_process_needs_two_pictures_for_their_diversity(begun, tmp_path):
    settings = resolve_settings(
        "smoke", [TINY], {"loss": {"diversity_weight": 1.0}, "train": {"batch_size": 2}}
    )
    request = Request(begun.data, RunFolder(tmp_path / "run"), settings)
    with pytest.raises(InputError, match=r"--train\.batch-size: expected at least 4, two pictures"):
        run(request, Processes(rank=0, world=2))
    assert not (tmp_path / "run").exists()


def test_a_damaged_model_is_made_again(copied):
    (copied.folder.model / "generator.onnx").unlink()
    typed = replace(copied, overrides={})
    assert train(typed) == 0
    assert (copied.folder.model / "generator.onnx").is_file()


def test_no_best_model_remains_of_an_end_that_a_better_one_replaces(copied):
    copied.folder.best_model.mkdir()
    (copied.folder.path / "model-best.json").write_text("{}")
    assert train(copied) == 0
    assert not copied.folder.best_model.exists()
    assert not (copied.folder.path / "model-best.json").exists()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"train": {"seed": 2**63}}, r"--train\.seed"),
        ({"train": {"minutes": 0}}, r"--train\.minutes: expected greater than 0, found 0"),
        ({"train": {"generator_lr": float("inf")}}, r"--train\.generator-lr: expected a finite number"),
        ({"text": {"vocabulary": 100}}, r"--text\.vocabulary: expected at least 257, found 100"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(begun, tmp_path, overrides, message):
    with pytest.raises(InputError, match=message):
        train(replace(begun, out=tmp_path / "run", overrides=overrides))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("device", ["mps", "meta", "gpu", "cuda:x", "cuda:99"])
def test_devices_that_cannot_be(begun, tmp_path, device):
    with pytest.raises(InputError, match="--device"):
        train(replace(begun, out=tmp_path / "run", device=device))


def test_refused_settings_do_not_stay_in_the_run_folder(begun, tmp_path):
    idle = {"train": {"warm_up": 0.5}, "loss": {"recognition_weight": 0.0, "reconstruction_weight": 0.0}}
    typed = replace(begun, out=tmp_path / "run", overrides=idle)
    with pytest.raises(InputError, match=r"--train\.warm-up"):
        train(typed)
    assert train(replace(typed, overrides={}, stage="data")) == 0


def test_a_dry_run_says_where_numbers_would_not_be_finite(begun, tmp_path):
    typed = replace(begun, out=tmp_path / "run", dry_run=True)
    with pytest.raises(InputError, match=r"first steps.*Lower --train.generator-lr"):
        train(replace(typed, overrides={"train": {"generator_lr": 1e30, "discriminator_lr": 1e30}}))


def test_a_vanished_data_set(copied):
    shutil.rmtree(copied.data)
    refused(copied, "metadata.jsonl")


def test_a_vanished_picture(copied):
    (copied.data / "3.png").unlink()
    refused(copied, r"metadata\.jsonl:4: 3\.png")


def test_a_changed_caption(copied):
    metadata = copied.data / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace("grey", "gray", 1))
    refused(copied, "records or pictures that have changed.*--init")


def test_a_changed_picture(copied):
    Image.new("RGB", (48, 48), "pink").save(copied.data / "3.png")
    refused(copied, "records or pictures that have changed")


def test_changed_settings(copied):
    refused(replace(copied, overrides={"generator": {"width": 8}}), r"generator\.width was 4, is 8")
    refused(
        replace(copied, preset="cpu-64"), r"text\.vocabulary was 300, is 4000;.*; and \d+ more\. Take those"
    )


def test_nothing_to_resume(begun, tmp_path):
    typed = Typed(begun.data, "smoke", tmp_path / "none", [TINY], resume=True)
    refused(typed, "--resume.*no state")
    assert not (tmp_path / "none").exists()


def test_a_full_disk_while_reporting(copied):
    metrics = copied.folder.path / "metrics.jsonl"
    metrics.unlink()
    metrics.symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"room on the disk.*No space left.*goes on from the last state"):
        train(replace(copied, overrides={"train": {"images": 12, "report_seconds": 1e-9}}))
    metrics.unlink()
    assert train(copied) == 0
    assert steps(copied)[-1] == "000000003"


def test_a_dry_run_writes_nothing(begun, tmp_path, capsys):
    shutil.copytree(begun.data, tmp_path / "shapes")
    before = sorted(tmp_path.rglob("*"))
    assert train(Typed(tmp_path / "shapes", "smoke", tmp_path / "run", [TINY], dry_run=True)) == 0
    assert sorted(tmp_path.rglob("*")) == before
    printed = capsys.readouterr()
    for part in ("40 pictures", "attributes:", "images/s", "parameters"):
        assert part in printed.out
    assert "batch_size: 4" in printed.err


def test_beginning_from_a_model(begun, tmp_path):
    other = draw_set(tmp_path / "other", 30)
    metadata = other / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace("red", "crimson"))
    model = load_trained(begun.folder.model)
    model = replace(model, config=model.config.model_copy(update={"licence": "CC-BY-4.0"}))
    write_model_folder(model, tmp_path / "start")
    typed = Typed(other, "smoke", tmp_path / "run", init=tmp_path / "start", stage="gan")
    small = {"images": 4, "batch_size": 4, "quality_samples": 0, "generator_lr": 1e-12, "precision": "fp32"}
    assert train(replace(typed, overrides={"train": small, "tagger": {"captions": 64, "hidden": 0}})) == 0
    state = load_file(max(typed.folder.states.iterdir()) / "tensors.safetensors")
    for name, weight in model.synthesiser.generator.state_dict().items():
        assert torch.allclose(state[f"synthesiser.generator.{name}"], weight, atol=1e-6), name
    names = [a["name"] for a in json.loads((typed.folder.data / "attributes.json").read_text())["attributes"]]
    assert "crimson" in " ".join(names)
    table = state["synthesiser.memory.table"]
    for index, name in enumerate(names):
        place = model.bank.find(name)
        same = place is not None and torch.allclose(
            table[index], model.synthesiser.memory.table[place], atol=1e-6
        )
        assert same == (place is not None), name
    goes_on = replace(typed, preset=None, overrides={"train": {"images": 8}})
    assert train(replace(goes_on, init=None)) == 0
    assert train(replace(goes_on, stage="model")) == 0
    made = load_trained(typed.folder.model).config
    assert made.images_seen == model.config.images_seen + 8
    assert made.licence == "unknown; began from a model under CC-BY-4.0"
    assert made.data.startswith(f"{model.config.data}; then other: ")
    with torch.no_grad():
        next(model.synthesiser.generator.parameters()).add_(1)
    write_model_folder(model, tmp_path / "changed")
    message = "--init .*changed: expected the model that the run was begun from"
    refused(replace(goes_on, init=tmp_path / "changed"), message)


def test_a_run_that_began_without_a_model_does_not_go_on_with_one(copied, begun):
    refused(replace(copied, init=begun.folder.model), "--init .*: expected none")


def test_a_model_of_another_shape_is_refused(begun, tmp_path):
    typed = Typed(begun.data, "smoke", tmp_path / "run", init=begun.folder.model)
    typed = replace(typed, overrides={"generator": {"width": 32}})
    with pytest.raises(InputError, match=r"generator\.width: expected 4, as .* has it, found 32"):
        train(typed)
    assert not (tmp_path / "run").exists()


def test_training_anew_in_the_same_folder_leaves_the_new_model(copied):
    before = (copied.folder.model / "generator.safetensors").read_bytes()
    shutil.rmtree(copied.folder.states)
    assert train(replace(copied, overrides={"train": {"generator_lr": 0.01}})) == 0
    assert (copied.folder.model / "generator.safetensors").read_bytes() != before


def test_a_model_to_begin_from_that_is_not_asked_for_any_more_is_forgotten(begun, copied):
    shutil.rmtree(copied.folder.states)
    shutil.copytree(begun.folder.model, copied.folder.start)
    assert train(replace(copied, overrides={"generator": {"width": 2}})) == 0
    assert not copied.folder.start.exists()


def test_a_run_that_goes_on_knows_the_shapes_of_the_model_it_began_from(begun, tmp_path):
    small = {"images": 4, "batch_size": 4, "quality_samples": 0, "precision": "fp32"}
    overrides = {"train": small, "tagger": {"captions": 64, "hidden": 0}}
    typed = Typed(begun.data, "smoke", tmp_path / "run", overrides=overrides, stage="gan")
    assert train(replace(typed, init=begun.folder.model)) == 0
    assert train(typed) == 0


def test_a_model_of_nothing_is_refused_before_anything_is_trained(begun, tmp_path):
    typed = Typed(begun.data, "smoke", tmp_path / "run", [TINY], stage="model")
    with pytest.raises(InputError, match="expected a state to make a model of, found none"):
        train(typed)
    assert not (tmp_path / "run").exists()


def test_a_run_in_the_current_folder_is_named_after_it(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    assert RunFolder(Path()).name == "shop"
    assert len(RunFolder(Path("x" * 150)).name) == 100


def test_a_dry_run_finds_damaged_pictures(begun, tmp_path):
    data = shutil.copytree(begun.data, tmp_path / "data")
    picture = next(path for path in data.rglob("*.png") if ".admagan-cache" not in path.parts)
    picture.write_bytes(picture.read_bytes()[:40])
    with pytest.raises(InputError, match=picture.name):
        train(replace(begun, data=data, out=tmp_path / "run", dry_run=True))


def test_a_model_to_begin_from_may_be_a_bundled_one(begun, tmp_path, capsys):
    typed = Typed(begun.data, "cpu-64", tmp_path / "run", init="avatars", dry_run=True)
    assert train(typed) == 0
    assert "GAN training" in capsys.readouterr().out
    with pytest.raises(InputError, match="a bundled model"):
        train(replace(typed, init="avatar"))


def test_a_dry_run_takes_shards(begun, tmp_path, capsys):
    write_shards(read_manifest(begun.data), tmp_path / "shards")
    assert train(Typed(tmp_path / "shards", "smoke", tmp_path / "run", [TINY], dry_run=True)) == 0
    assert "40 pictures" in capsys.readouterr().out
