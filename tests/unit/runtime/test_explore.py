"""Ways through a model begin and end where they should, and nothing changes on the way but what is meant to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from admagan import AdmaGAN, InputError
from admagan.runtime.explore import Scene, between, interpolate, matrix, sweep, turned, write_way

SCENE = Scene(prompt="a man with glasses", seed=3)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> AdmaGAN:
    return AdmaGAN.load(tiny_model)


def far(one: Any, other: Any) -> int:
    return int(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max())


def test_interpolation_goes_from_one_prompt_and_seed_to_the_other(model: AdmaGAN) -> None:
    way = interpolate(model, replace(SCENE, rows=2), "red hair", to_seed=9, steps=5)
    assert [len(row) for row in way.rows] == [5, 5]
    assert way.labels == ["a man with glasses", "", "", "", "red hair"]
    for row in range(2):
        assert far(way.rows[row][0], model("a man with glasses", n=2, seed=3).images[row]) <= 1
        assert far(way.rows[row][-1], model("red hair", n=2, seed=9).images[row]) <= 1
    assert way.rows[0][2] not in (way.rows[0][0], way.rows[0][-1])


def test_interpolation_between_seeds_keeps_the_prompt(model: AdmaGAN) -> None:
    way = interpolate(model, SCENE, "", to_seed=9, steps=2)
    assert way.labels == ["seed 3", "seed 9"]
    assert far(way.rows[0][1], model(SCENE.prompt, seed=9).images[0]) <= 1


def test_noise_keeps_its_length_and_readings_change_in_proportion(model: AdmaGAN) -> None:
    start, end = (model.noise(seed) for seed in (1, 2))
    lengths = [np.linalg.norm(turned(start, end, part)) for part in (0.25, 0.5, 0.75)]
    assert min(lengths) > 0.9 * min(np.linalg.norm(start), np.linalg.norm(end))
    np.testing.assert_allclose(turned(start, start, 0.5), start)
    one, other = model.read("glasses"), model.read("beard")
    assert between(one, other, 0.25).strengths[:2].tolist() == [0.75, 0.25]


def test_a_sweep_turns_one_attribute_up(model: AdmaGAN) -> None:
    way = sweep(model, SCENE, "Beards", steps=3)
    assert way.labels == ["beard 0.00", "beard 0.50", "beard 1.00"]
    for picture, strength in zip(way.rows[0], (0, 0.5, 1), strict=True):
        assert far(picture, model(SCENE.prompt, seed=3, attributes={"beard": strength}).images[0]) <= 1
    alone = sweep(model, Scene(attributes={"smiling": 0.5}), "beard", steps=2)
    expected = model("smiling, beard", seed=0, attributes={"smiling": 0.5}, negative=["beard"])
    assert far(alone.rows[0][0], expected.images[0]) <= 1


def test_kinds_of_what_is_swept_come_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    model = AdmaGAN.load("avatars")
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(model, "draw", lambda _, readings: drawn.extend(r.strengths for r in readings) or [])
    sweep(model, Scene(prompt="a man with a long beard"), "beard", steps=5)
    strengths = np.stack(drawn)
    np.testing.assert_allclose(strengths[:, model.attributes.index("long beard")], [0, 0.25, 0.5, 0.75, 1])
    assert np.diff(strengths, 2, axis=0).max() < 1e-6  # nothing jumps


@pytest.mark.parametrize(
    ("swept", "prompt"), [("hat", "a man"), ("glasses", "a man with a hat"), ("one eye", "")]
)
def test_nothing_else_changes_in_a_sweep(swept: str, prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = AdmaGAN.load("avatars")
    bank = model.attributes
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(model, "draw", lambda _, readings: drawn.extend(r.strengths for r in readings) or [])
    sweep(model, Scene(prompt=prompt, seed=1), swept, steps=3)
    index = bank.index(swept)
    varied = bank.kinds_of({index})
    varied[list(bank.parts_of([index]))] = True
    strengths = np.stack(drawn)
    assert (strengths[:, ~varied] == strengths[0, ~varied]).all()


def test_nothing_else_changes_in_a_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    model = AdmaGAN.load("avatars")
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(
        model,
        "draw",
        lambda _, readings: drawn.extend(r.strengths for r in readings) or [Image.new("RGB", (64, 64))] * 9,
    )
    named = ["glasses", "sunglasses", "hat", "cap"]
    matrix(model, Scene(prompt="a man", seed=1), ["-", *named[:2]], ["-", *named[2:]])
    bank = model.attributes
    varied = bank.with_rivals(bank.parts_of(map(bank.index, named)))
    strengths = np.stack(drawn)
    assert (strengths[:, ~varied] == strengths[0, ~varied]).all()
    with pytest.raises(InputError, match="'hat': expected none of --attr"):
        matrix(model, Scene(prompt="a man", attributes={"blue hat": 1}), ["-", "hat"], ["beard"])


def test_what_is_swept_brings_what_it_is_a_kind_of(monkeypatch: pytest.MonkeyPatch) -> None:
    model = AdmaGAN.load("avatars")
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(model, "draw", lambda _, readings: drawn.extend(r.strengths for r in readings) or [])
    sweep(model, Scene(prompt="a woman", seed=1), "blue hat", steps=3)
    hat, blue = (model.attributes.index(name) for name in ("hat", "blue hat"))
    assert [row[[hat, blue]].tolist() for row in drawn] == [[0, 0], [0.5, 0.5], [1, 1]]


def test_a_matrix_shows_every_pair(model: AdmaGAN) -> None:
    drawn = matrix(model, SCENE, ["-", "beard"], ["red hair", "blue hat", "smiling"])
    assert drawn.width > 3 * 128 + 40
    assert 2 * 128 < drawn.height < 2 * 128 + 60


def test_a_matrix_has_one_noise(model: AdmaGAN) -> None:
    with pytest.raises(InputError, match="rows: expected 1, as a matrix has one noise, found 2"):
        matrix(model, replace(SCENE, rows=2), ["beard"], ["smiling"])


@pytest.mark.parametrize("asked", [{"attributes": {"beard": 0.5}}, {"negative": ["beards"]}])
def test_what_is_swept_is_not_asked_for_as_well(asked: dict[str, Any], model: AdmaGAN) -> None:
    with pytest.raises(InputError, match="'beard': expected none of --attr and --not, as it is swept"):
        sweep(model, replace(SCENE, **asked), "beard", steps=2)
    with pytest.raises(InputError, match="'beard': expected none of --attr and --not, as it varies here"):
        matrix(model, replace(SCENE, **asked), ["-", "beard"], ["smiling"])


def test_a_picture_that_is_too_wide_for_its_format_is_refused(model: AdmaGAN, tmp_path: Path) -> None:
    way = sweep(model, SCENE, "beard", steps=130)
    with pytest.raises(InputError, match=r"x\.webp: expected at most 16,383 pixels a side in WEBP"):
        write_way(way, tmp_path / "x.webp")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["way.png", "way.gif"])
def test_ways_are_written(name: str, model: AdmaGAN, tmp_path: Path) -> None:
    way = sweep(model, replace(SCENE, rows=2), "beard", steps=4)
    write_way(way, tmp_path / name)
    picture = Image.open(tmp_path / name)
    if name.endswith("gif"):
        assert sum(1 for _ in ImageSequence.Iterator(picture)) == 6  # there and back
        assert picture.width > picture.height  # the two rows side by side
    else:
        assert picture.width > 4 * 128
        assert picture.height > 2 * 128


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: interpolate(m, SCENE, "", None, 5), "a second prompt"),
        (lambda m: interpolate(m, SCENE, "beard", None, 1), "--steps: expected 2 to 200, found 1"),
        (lambda m: interpolate(m, SCENE, "", -1, 5), "seed: expected"),
        (lambda m: sweep(m, SCENE, "bread", 5), "found 'bread'. Nearest: beard"),
        (lambda m: sweep(m, replace(SCENE, rows=0), "beard", 5), "-n: expected 1 to 20"),
        (lambda m: matrix(m, SCENE, ["beard"] * 21, ["smiling"]), "--rows: expected 1 to 20"),
        (lambda m: matrix(m, SCENE, ["beard"], [""]), "attribute"),
        (
            lambda m: write_way(sweep(m, SCENE, "beard", 2), Path("x.mp4")),
            r"ends in .png.*\.gif, found '.mp4'",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(call: Any, message: str, model: AdmaGAN) -> None:
    with pytest.raises(InputError, match=message):
        call(model)


def test_what_a_scene_leaves_open_is_the_same_all_along(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = AdmaGAN.load(tiny_model)
    sure_of_nothing = np.full((1, len(model.attributes)), -3.0, np.float32)
    monkeypatch.setattr(model.networks, "logits", lambda sentence: sure_of_nothing)
    drawn: list[np.ndarray] = []
    draw = model.draw
    monkeypatch.setattr(
        model,
        "draw",
        lambda noise, readings: drawn.extend(r.strengths for r in readings) or draw(noise, readings),
    )
    sweep(model, replace(SCENE, rows=12), "beard", steps=3)
    beard = model.attributes.index("beard")
    rows = np.stack(drawn).reshape(12, 3, -1)
    assert (rows[:, :, beard] == [0, 0.5, 1]).all()
    rest = np.delete(rows, beard, axis=2)
    assert (rest == rest[:, :1]).all()
    assert len({tuple(row) for row in rest[:, 0].tolist()}) > 1
    drawn.clear()
    matrix(model, SCENE, ["-", "smiling"], ["-", "beard"])
    told = [model.attributes.index(name) for name in ("smiling", "beard")]
    cells = np.delete(np.stack(drawn), told, axis=1)
    assert (cells == cells[0]).all()
    assert np.stack(drawn)[:, told].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_seeds_out_of_range_are_refused_everywhere(model: AdmaGAN) -> None:
    for scene in (replace(SCENE, seed=-1), replace(SCENE, seed=2**63)):
        with pytest.raises(InputError, match="seed: expected a whole number"):
            sweep(model, scene, "beard", 2)
        with pytest.raises(InputError, match="seed: expected a whole number"):
            model.imagine(model.read("a man"), scene.seed, [0])
