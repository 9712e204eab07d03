"""The Python API: the same seed, the same pictures; ONNX Runtime and torch agree; nothing imports torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admagan
from admagan import AdmaGAN, InputError
from admagan.export.torch_networks import load_with_torch
from admagan.runtime.noise import image_noise
from admagan.runtime.pipeline import to_pictures


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> AdmaGAN:
    return AdmaGAN.load(tiny_model)


def pixels(picture: Any) -> np.ndarray:
    return np.asarray(picture, np.int16)


def test_pictures_of_a_prompt(model: AdmaGAN) -> None:
    result = model("a man with a beard", n=3, seed=1, attributes={"glasses": 0.5})
    assert [(picture.size, picture.mode) for picture in result.images] == [((32, 32), "RGB")] * 3
    assert (result.seed, result.prompt) == (1, "a man with a beard")
    assert {"glasses", "beard"} <= {attribute.name for attribute in result.attributes}
    assert (pixels(result.images[0]) != pixels(result.images[1])).any()


def test_the_same_seed_gives_the_same_pictures_however_many(model: AdmaGAN) -> None:
    many = model("a man", n=20, seed=5)
    few = model("a man", n=2, seed=5)
    for one, other in zip(few.images, many.images, strict=False):
        assert (
            np.abs(pixels(one) - pixels(other)).max() <= 1
        )  # the last bit of a float may differ with the batch
    assert model("a man", n=20, seed=5).images == many.images


def test_without_a_seed_every_call_differs_and_says_which(model: AdmaGAN) -> None:
    first, second = model("a man"), model("a man")
    assert first.seed != second.seed
    assert model("a man", seed=second.seed).images == second.images


def test_attributes_change_the_picture(model: AdmaGAN) -> None:
    plain, bearded = (
        model("a man", seed=1, imagine=False),
        model("a man", seed=1, attributes={"beard": 1}, negative=["glasses"], imagine=False),
    )
    assert plain.images != bearded.images


def test_torch_and_onnx_make_the_same_pictures(tiny_model: Path, model: AdmaGAN) -> None:
    arguments: dict[str, Any] = {"prompt": "红头发 and a smile", "n": 3, "seed": 2, "truncation": 0.7}
    one, other = model(**arguments), load_with_torch(tiny_model)(**arguments)
    for a, b in zip(one.images, other.images, strict=True):
        assert np.abs(pixels(a) - pixels(b)).max() <= 1
    assert [(a.name, a.strength) for a in one.attributes] == [(a.name, a.strength) for a in other.attributes]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n: expected"),
        ({"n": 1_001}, "n: expected"),
        ({"seed": -1}, "seed: expected"),
        ({"seed": 2**63}, "seed: expected"),
        ({"truncation": 0}, "truncation: expected"),
        ({"truncation": 1.1}, "truncation: expected"),
        ({"truncation": float("nan")}, "truncation: expected"),
        ({"n": "3"}, "n: expected"),
        ({"n": 2.0}, "n: expected"),
        ({"seed": 1.5}, "seed: expected a whole number"),
        ({"seed": "1"}, "seed: expected a whole number"),
        ({"truncation": "0.5"}, "truncation: expected a number"),
        ({"attributes": ["glasses"]}, "attributes: expected names with strengths"),
        ({"attributes": {"glasses": None}}, "attribute 'glasses': expected a strength from 0 to 1"),
        ({"attributes": {"glasses": float("nan")}}, "attribute 'glasses': expected a strength from 0 to 1"),
        ({"negative": "glasses"}, r"negative: expected a list of names, such as \['glasses'\]"),
        ({"negative": 5}, r"negative: expected a list of names, such as \['glasses'\], found int"),
        ({"negative": [None]}, "attributes and negative: expected names, found None"),
        ({"attributes": {1: 1}}, "attributes and negative: expected names, found 1"),
        ({"negative": [""]}, "attribute: expected one of the 7"),
        ({"prompt": 7}, "prompt: expected text, found int"),
        ({"prompt": None}, "prompt: expected text, found NoneType"),
    ],
)
def test_arguments_out_of_range(arguments: dict[str, Any], message: str, model: AdmaGAN) -> None:
    with pytest.raises(InputError, match=message):
        model(**{"prompt": "a man"} | arguments)


def test_numbers_of_numpy_are_numbers(model: AdmaGAN) -> None:
    result = model("a man", n=np.int64(2), seed=np.uint32(1), attributes={"beard": np.float32(1)})  # type: ignore[arg-type]
    assert json.loads(json.dumps(result.report()))["seed"] == 1
    assert result.images == model("a man", n=2, seed=1, attributes={"beard": 1}).images


def test_two_attributes_of_one_group_are_mixed(model: AdmaGAN) -> None:
    """Colours may be blended: only one attribute with two strengths is a contradiction."""
    names = [model.attributes.names[index] for index in next(iter(model.attributes.groups.values()))[:2]]
    reading = model.read("a man", dict.fromkeys(names, 0.5))
    assert {
        part.name: part.strength for part in reading.attributes if part.source == "option"
    } == dict.fromkeys(names, 0.5)


def test_noise_is_the_same_on_every_machine() -> None:
    """If this fails after an update of numpy, the same seed no longer gives the same pictures: say so to users."""
    expected = [-1.4470675, -0.9134207, -0.5155607, 1.8603299]
    np.testing.assert_allclose(image_noise(7, 3, 4), expected, rtol=1e-6)
    np.testing.assert_allclose(image_noise(7, 3, 4, truncation=0.5), np.array(expected) / 2, rtol=1e-6)


def test_noise_is_standard_normal_and_differs_by_seed_and_index() -> None:
    noise = np.stack([image_noise(seed, index, 100) for seed in range(20) for index in range(20)])
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
    assert len(np.unique(noise[:, 0])) == 400


def test_values_outside_the_range_are_clipped() -> None:
    values = np.array([-3, -1, 0, 1, 3], np.float32)
    images = np.broadcast_to(values[:, None, None, None], (5, 3, 2, 2))
    assert [picture.getpixel((0, 0)) for picture in to_pictures(images)] == [
        (v, v, v) for v in (0, 0, 128, 255, 255)
    ]


def test_unknown_models_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"model: expected a bundled model.*found 'nobody'"):
        AdmaGAN.load("nobody")
    (tmp_path / "run").mkdir()
    with pytest.raises(InputError, match=r"model: expected a bundled model.*found 'run/model'"):
        AdmaGAN.load("run/model")  # not asked of the Hub: the folder is there


def test_the_api_imports_no_torch(tiny_model: Path) -> None:
    code = (
        "import sys, admagan\n"
        "assert not {'numpy', 'onnxruntime', 'PIL', 'pydantic'} & set(sys.modules), 'import admagan is slow'\n"
        "admagan.AdmaGAN.load(sys.argv[1])('a man')\n"
        "assert not {'torch', 'onnx', 'huggingface_hub', 'safetensors'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, tiny_model], check=True)


def test_what_the_package_offers() -> None:
    assert all(hasattr(admagan, name) for name in admagan.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = admagan.nothing
