"""The card of a model folder says what the model is, and can be written again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from PIL import Image
from tiny_models import ATTRIBUTES, tiny_trained

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.export.folder import write_model_folder
from admagan.export.model_card import sample_prompts, write_card
from admagan.runtime.folder import read_model_folder
from admagan.schema.records import Attribute


def test_every_model_folder_has_a_card(tiny_model: Path) -> None:
    text = (tiny_model / "README.md").read_text(encoding="utf-8")
    header = yaml.safe_load(text.split("---")[1])
    assert header["license"] == "apache-2.0"
    assert header["language"] == ["en", "zh"]
    assert "32 x 32 pixels" in text
    assert "1,000 images" in text
    assert "- hair colour: red hair, black hair" in text
    assert "None were measured" in text
    assert Image.open(tiny_model / "samples.png").width > 3 * 128


def test_a_card_is_replaced_when_there_are_scores(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "m"
    shutil.copytree(tiny_model, path)
    write_card(path, scores={"FID (test split, 5,000 samples)": "12.3 ± 0.4"}, prompts=["a man", "红色头发"])
    assert "| FID (test split, 5,000 samples) | 12.3 ± 0.4 |" in (path / "README.md").read_text(
        encoding="utf-8"
    )
    assert Image.open(path / "samples.png").height < 2 * 128 + 50
    read_model_folder(path).check()
    with pytest.raises(InputError, match="prompt"):
        write_card(path, prompts=["😀"])


def test_sample_prompts_combine_attributes_of_different_groups() -> None:
    bank = AttributeBank(ATTRIBUTES)
    prompts = sample_prompts(bank)
    assert len(set(prompts)) >= 3
    for prompt in prompts:
        groups = [bank.attributes[bank.index(name)].group for name in prompt.split(", ")]
        assert len(set(groups)) == len(groups) == 2
    birds = AttributeBank((Attribute(name="bird"), Attribute(name="tree")))
    assert set(sample_prompts(birds)) == {"bird", "tree"}
    assert sample_prompts(AttributeBank(())) == []


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_model_without_attributes_has_a_card_without_samples(tmp_path: Path) -> None:
    write_model_folder(tiny_trained(attributes=()), tmp_path / "m")
    card = (tmp_path / "m" / "README.md").read_text()
    assert "Sentences only" in card
    assert "samples.png" not in card
    assert not (tmp_path / "m" / "samples.png").exists()


def test_a_card_of_a_model_that_has_counted_no_pictures_speaks_of_none(tmp_path: Path) -> None:
    model = tiny_trained()
    for seen, said in ((0, False), (1200, True)):
        config = model.config.model_copy(update={"images_seen": seen})
        write_model_folder(replace(model, config=config), tmp_path / str(seen))
        assert ("Training saw" in (tmp_path / str(seen) / "README.md").read_text(encoding="utf-8")) is said


def test_a_card_says_who_taught_the_model(tmp_path: Path) -> None:
    model = tiny_trained()
    taught = replace(model, config=model.config.model_copy(update={"teachers": ("efficientnet-lite0",)}))
    write_model_folder(taught, tmp_path / "m")
    text = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert "saw the features of efficientnet-lite0, which was trained on ImageNet" in text
