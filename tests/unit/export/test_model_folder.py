"""Model folders: what is written is read again, ONNX computes what torch computes, damage is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import ATTRIBUTES, tiny_trained

from admagan.errors import InputError
from admagan.export import folder as folder_module
from admagan.export.folder import load_trained, onnx_difference, store_half, write_model_folder
from admagan.export.model_card import write_card
from admagan.runtime.folder import read_model_folder

# README.md and samples.png are for people: they may be changed, replaced and left out.
FILES = {
    "config.json",
    "attributes.json",
    "tokenizer.json",
    "examples.json",
    "README.md",
    "samples.png",
    *(
        f"{name}.{kind}"
        for name in ("generator", "text_encoder", "tagger")
        for kind in ("safetensors", "onnx")
    ),
}


def test_what_is_written_is_read_again_exactly(tiny_model: Path) -> None:
    written, read = tiny_trained(), load_trained(tiny_model)
    assert {file.name for file in tiny_model.iterdir()} == FILES
    assert read.bank == written.bank
    assert read.tokenizer.to_str() == written.tokenizer.to_str()
    assert read.config.generator == written.config.generator
    for name, network in written.networks.items():
        state = read.networks[name].state_dict()
        assert state.keys() == network.state_dict().keys()
        assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())
        assert not read.networks[name].training


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(
    "changes",
    [
        {"generator": {"size": 64, "schedule": "abssa", "output": "tanh", "noise_in_condition": True}},
        {"generator": {"size": 128, "multipliers": [4, 3, 3, 2, 2, 1], "width": 3}},
        {"generator": {"size": 64, "upsampling": "filtered"}},
        {"generator": {"size": 64, "normalisation": "pixel"}},
        {"generator": {"size": 64, "normalisation": "pixel", "positions": 16}},
        {"memory": {"mode": "fixed"}, "tagger": {"hidden": 0}},
        {"memory": {"mode": "sample_aware"}},
        {"memory": {"mode": "none"}, "generator": {"schedule": "ssss", "noise_in_condition": True}},
        {"attributes": ()},
    ],
)
def test_onnx_computes_what_torch_computes(changes: dict[str, Any], tmp_path: Path) -> None:
    model = tiny_trained(**changes)
    write_model_folder(model, tmp_path / "m")
    differences = onnx_difference(model, read_model_folder(tmp_path / "m"))
    assert set(differences) == {"generator", "text_encoder", "tagger"}
    assert max(differences.values()) < 1e-5


def test_half_precision_storage_halves_the_files(tiny_model: Path, tmp_path: Path) -> None:
    model = tiny_trained()
    write_model_folder(model, tmp_path / "half", storage="float16")
    half, full = ((path / "generator.safetensors").stat().st_size for path in (tmp_path / "half", tiny_model))
    assert half < 0.75 * full  # names take their part in so small a file
    read = load_trained(tmp_path / "half")
    for name, network in model.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(read.networks[name].state_dict()[key], value.half().float())


def test_a_copy_of_half_the_size_keeps_its_scores(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "whole")
    write_card(tmp_path / "whole", {"FID, evaluator": "5.6 (5.2 … 6.0)"})
    store_half(tmp_path / "whole", tmp_path / "half")
    card = (tmp_path / "half" / "README.md").read_text(encoding="utf-8")
    assert "| FID, evaluator | 5.6 (5.2 … 6.0) |" in card
    assert "| stored | as float16 since; not measured anew |" in card
    with pytest.raises(InputError, match="expected weights stored as float32, found float16 already"):
        store_half(tmp_path / "half", tmp_path / "quarter")
    assert not (tmp_path / "quarter").exists()


def test_weights_that_are_not_finite_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    model = tiny_trained()
    model.synthesiser.generator.blocks[1].gain.fill_(1e6)  # fits float32, not float16
    with pytest.raises(InputError, match=r"generator: generator\.blocks\.1\.gain.*float16"):
        write_model_folder(model, tmp_path / "m", storage="float16")
    assert not list(tmp_path.iterdir())


def test_a_network_that_onnx_computes_wrongly_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admagan.export.onnx.SLOPE", 0.3)
    with pytest.raises(InputError, match=r"generator\.onnx"):
        write_model_folder(tiny_trained(), tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_an_older_folder_is_replaced_as_a_whole(tiny_model: Path, tmp_path: Path) -> None:
    target = tmp_path / "m"
    target.mkdir()
    (target / "left.txt").touch()
    write_model_folder(tiny_trained(), target)
    assert {file.name for file in target.iterdir()} == FILES
    assert len({file.stat().st_mode for file in target.iterdir()}) == 1  # whoever may read one may read all


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replace(path: Path) -> None:
    path.write_bytes(b"something else")


@pytest.mark.parametrize("damage", [cut, replace, Path.unlink])
@pytest.mark.parametrize("name", sorted(FILES - {"README.md", "samples.png"}))
def test_every_damaged_or_missing_file_is_named(
    name: str, damage: Callable[[Path], None], tiny_model: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "m"
    shutil.copytree(tiny_model, broken)
    damage(broken / name)
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        read_model_folder(broken).check()
    if not name.endswith(".onnx"):
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            load_trained(broken)


# Graphs hold no weights: those of text encoder and tagger are the same files in both models.
@pytest.mark.parametrize(
    "name", sorted(FILES - {"README.md", "samples.png", "config.json", "text_encoder.onnx", "tagger.onnx"})
)
def test_a_file_of_another_model_is_refused(name: str, tiny_model: Path, tmp_path: Path) -> None:
    other = tiny_trained(attributes=(*ATTRIBUTES[1:], ATTRIBUTES[0]), seed=1, generator={"width": 3})
    other.tokenizer.normalizer = None
    write_model_folder(other, tmp_path / "other")
    mixed = tmp_path / "mixed"
    shutil.copytree(tiny_model, mixed)
    shutil.copy(tmp_path / "other" / name, mixed / name)
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        read_model_folder(mixed).check()


def test_phrases_may_be_added_but_no_attribute(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "m"
    shutil.copytree(tiny_model, path)
    bank = json.loads((path / "attributes.json").read_text())
    bank["attributes"][0]["phrases"]["fr"] = ["lunettes"]
    (path / "attributes.json").write_text(json.dumps(bank))
    assert read_model_folder(path).bank.find("lunettes") == 0
    bank["attributes"].append({"name": "nose ring"})
    (path / "attributes.json").write_text(json.dumps(bank))
    with pytest.raises(InputError, match=r"attributes\.7: expected none.*found 'nose ring'"):
        read_model_folder(path)


def test_tensors_that_the_config_does_not_speak_of_are_named(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "m"
    shutil.copytree(tiny_model, path)
    config = json.loads((path / "config.json").read_text())
    config["tagger"]["hidden"] = 7
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"tagger\.safetensors: layers\.0\.weight.*\(7, 16\).*\(6, 16\)"):
        load_trained(path)


def test_what_is_no_model_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="model folder, found nothing"):
        read_model_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="model folder, found a file"):
        read_model_folder(tmp_path / "file")
    with pytest.raises(InputError, match=r"config\.json"):
        read_model_folder(tmp_path)


def test_a_failure_while_writing_leaves_the_old_folder(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "m"
    shutil.copytree(tiny_model, target)

    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "write_tagger", full_disk)
    with pytest.raises(InputError, match="No space left"):
        write_model_folder(tiny_trained(seed=1), target)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    load_trained(target)
