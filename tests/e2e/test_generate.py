"""`admagan generate`, `models` and `doctor` as they are typed: files, reports, and one message for every bad input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from admagan import AdmaGAN
from admagan.runtime.generate import caption_choices

Run = Callable[..., tuple[int, str, str]]


def test_the_command_in_a_process_of_its_own(tiny_model: Path, tmp_path: Path) -> None:
    """From the shell to a picture, without torch, whatever the home folder is."""
    out = tmp_path / "out.png"
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "PYTHONPROFILEIMPORTTIME": "1"}
    command = [sys.executable, "-m", "admagan", "generate", "a man with glasses", "--model", str(tiny_model)]
    done = subprocess.run(
        [*command, "--seed", "1", "--out", str(out)],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert "understood:      glasses" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "onnxruntime" in imported
    assert not imported & {"torch", "onnx", "huggingface_hub", "safetensors"}
    assert Image.open(out).size == (32, 32)
    assert not (tmp_path / "home").exists()


def test_a_sheet_of_pictures_says_how_it_was_made(generate: Run, tmp_path: Path) -> None:
    status, out, err = generate(
        "a man with a Zeppelin", "-n", 8, "--seed", 1, "--attr", "beard=0.5", "--not", "glasses"
    )
    assert (status, err) == (0, "")
    assert "beard 0.5" in out
    assert "no glasses" in out
    assert "not understood:  zeppelin" in out
    assert "out.png: 8 pictures" in out
    picture = Image.open(tmp_path / "out.png")
    assert picture.width > 4 * 128
    about = json.loads(picture.text["admagan"])  # type: ignore[attr-defined]
    assert about["results"][0]["seed"] == 1
    assert about["model"] == "tiny"


def test_captions_say_what_was_asked_for_beside_the_prompt(tiny_model: Path) -> None:
    model = AdmaGAN.load(tiny_model)
    result = model("a man with glasses", attributes={"beard": 0.5, "blue hat": 1}, negative=["glasses"])
    assert caption_choices(result)[0] == "a man with glasses (no glasses, beard 0.5, blue hat)"
    assert caption_choices(model(attributes={"beard": 1}))[0] == "beard"
    assert caption_choices(model("a man with glasses"))[0] == "a man with glasses"


def test_json_is_one_object(generate: Run) -> None:
    status, out, err = generate("a man", "--json", "-n", 2, "--attr", "blue hat", "--out", "a.webp")
    report = json.loads(out)
    assert (status, err, report["files"]) == (0, "", ["a.webp"])
    assert report["results"][0]["images"] == 2
    attribute = {"name": "blue hat", "strength": 1.0, "confidence": 1.0, "source": "option"}
    assert attribute in report["results"][0]["attributes"]


def test_what_a_prompt_leaves_open_is_drawn_unless_told_not_to(generate: Run, tmp_path: Path) -> None:
    for name, options in (("drawn", []), ("again", ["--imagine"]), ("bare", ["--no-imagine"])):
        assert generate("glasses", "-n", 4, "--seed", 7, *options, "--out", f"{name}.png")[0] == 0
    drawn, again, bare = (Image.open(tmp_path / f"{name}.png") for name in ("drawn", "again", "bare"))
    assert drawn.tobytes() == again.tobytes() != bare.tobytes()
    assert json.loads(bare.text["admagan"])["imagine"] is False  # type: ignore[attr-defined]


def test_prompts_of_a_file_share_a_seed(generate: Run, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("a man\n\n# a comment\n红色头发\n", encoding="utf-8")
    status, out, _ = generate(
        "--prompts", "prompts.txt", "--json", "-n", 2, "--separate", "--out", "sub/x.png"
    )
    report = json.loads(out)
    assert status == 0
    assert [result["prompt"] for result in report["results"]] == ["a man", "红色头发"]
    assert len({result["seed"] for result in report["results"]}) == 1
    assert report["files"] == [str(Path("sub") / f"x-00{i}.png") for i in range(4)]
    assert all(Image.open(tmp_path / name).size == (32, 32) for name in report["files"])


def test_a_wrong_prompt_at_the_end_of_a_file_is_said_before_anything_is_drawn(
    generate: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AdmaGAN, "draw", lambda *_: pytest.fail("drawn"))
    (tmp_path / "prompts.txt").write_text("a man\n" * 3 + "zzz\n", encoding="utf-8")
    status, _, error = generate("--prompts", "prompts.txt", "--out", "x.png")
    assert (status, "prompts.txt:4" in error) == (2, True)


def test_the_same_seed_gives_the_same_file(generate: Run, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        generate("a man", "--seed", 7, "--out", name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_torch_makes_the_same_picture(generate: Run, tmp_path: Path) -> None:
    pictures = []
    for backend in ("onnx", "torch"):
        assert generate("a man", "--seed", 7, "--backend", backend, "--out", f"{backend}.png")[0] == 0
        pictures.append(Image.open(tmp_path / f"{backend}.png").tobytes())
    assert max(abs(a - b) for a, b in zip(*pictures, strict=True)) <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "prompt: expected some words"),
        (["x" * 100_000], "prompt: expected at most 2,000 characters, found 100,000"),
        (["😀😀😀"], "prompt: expected a description in words that the model knows"),
        (["мужчина в шляпе"], "prompt: expected a description in words that the model knows"),
        (["a man\x07"], "prompt: expected text without control characters"),
        (["a man", "--attr", "glases"], "found 'glases'. Nearest: glasses"),
        (["a man", "--not", "glases"], "found 'glases'. Nearest: glasses"),
        (
            ["a man", "--attr", "glasses", "--not", "glasses"],
            "'glasses': expected one strength, found both 1 and 0",
        ),
        (["a man", "--attr", "glasses=0.2", "--attr", "glasses=0.3"], "expected one strength"),
        (["a man", "--attr", "glasses=much"], "--attr 'glasses=much': expected NAME or NAME=STRENGTH"),
        (["a man", "--attr", "glasses=2"], "--attr 'glasses=2': expected a strength from 0 to 1"),
        (["a man", "--attr", "glasses=nan"], "--attr 'glasses=nan': expected a strength from 0 to 1"),
        (["a man", "--attr", "glasses=-inf"], "--attr 'glasses=-inf': expected a strength from 0 to 1"),
        (["a man", "--attr", "=1"], "attribute: expected one of the 7"),
        (["a man", "--not", "x" * 10_000], "attribute: expected one of the 7"),
        (["a man", "--attr", "glasses", "--not", "眼镜"], "expected one strength, found both 1 and 0"),
        (["a man", "-n", "-1"], "n: expected a number of pictures from 1 to 1,000"),
        (["a man", "-n", "1001"], "n: expected a number of pictures from 1 to 1,000"),
        (["a man", "-n", "1001", "--separate"], "n: expected a number of pictures from 1 to 1,000"),
        (
            ["--prompts", "two.txt", "-n", "600"],
            "--prompts with -n: expected at most 1,000 pictures, found 2 x 600",
        ),
        (["--prompts", "u16.txt"], "--prompts u16.txt: expected a readable UTF-8 text file"),
        (["--prompts", "/dev/zero"], "--prompts /dev/zero: expected at most 4,000,000 characters"),
        (["--prompts", "."], "--prompts .: expected a readable UTF-8 text file"),
        (["--prompts", "two.txt", "--out", "x" * 300 + ".png"], "File name too long"),
        (["a man", "--seed", str(2**63)], "seed: expected a whole number from 0 up to 2^63"),
        (["a man", "--seed", "9" * 400], "seed: expected a whole number from 0 up to 2^63"),
        (["a man", "--truncation", "nan"], "truncation: expected a number above 0"),
        (["a man", "--truncation", "inf"], "truncation: expected a number above 0"),
        (["a man", "--out", ""], "--out .: expected the name of a picture file"),
        (["a man", "--out", "/sys/x.png"], "/sys/x.png: expected a place that can be written"),
        (["a man", "-n", "2", "--separate", "--out", "/proc/x.png"], "/proc/x-000.png: expected a place"),
        (["ฉันชอบหมวก"], "prompt: expected a description in words that the model knows"),
        (["...!"], "prompt: expected a description in words that the model knows"),
        (["a\x1b[31mman"], "found U+001B at character 2"),
        (["a man", "-n", "0"], "n: expected"),
        (["a man", "-n", "many"], "many"),
        (["a man", "--seed", "-3"], "seed: expected"),
        (["a man", "--truncation", "7"], "truncation: expected"),
        (["a man", "--out", "."], "--out .: expected the name of a picture file"),
        (["a man", "--out", "x.bmp3"], "--out x.bmp3: expected a name that ends in .png"),
        (["a man", "--out", "file.txt/x.png"], "expected a folder that can be written"),
        (["a man", "--out", "/proc/x.png"], "/proc/x.png: expected a place that can be written"),
        (["a man", "--prompts", "file.txt"], "prompt and --prompts: expected one of them, found both"),
        (["--prompts", "none.txt"], "--prompts none.txt: expected a readable UTF-8 text file"),
        (["--prompts", "file.txt"], "--prompts file.txt: expected a prompt on each line"),
        (["--prompts", "binary.txt"], "--prompts binary.txt: expected a readable UTF-8 text file"),
        (["--prompts", "emoji.txt"], "--prompts emoji.txt:2: expected a description"),
        (["a man", "--backend", "cuda"], "cuda"),
        (["a man", "--frobnicate"], "frobnicate"),
        (
            ["a man", "a woman"],
            "generate: expected no further argument, found 'a woman'. See admagan generate --help",
        ),
    ],
)
def test_bad_input_is_one_message(arguments: list[str], message: str, generate: Run, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("# nothing\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "emoji.txt").write_text("a man\n😀\n", encoding="utf-8")
    (tmp_path / "u16.txt").write_text("a man\n", encoding="utf-16")
    (tmp_path / "two.txt").write_text("a man\nglasses\n")
    before = sorted(tmp_path.iterdir())
    status, out, err = generate(*arguments)
    assert status == 2
    assert out == ""
    assert message in " ".join(err.split())
    assert err.startswith("error:")
    assert err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "model", ["nothing", "", ".", "x" * 5_000, "a\0b", "~nobody/x", "/dev/null", "/proc"]
)
def test_models_that_are_none(model: str, run: Run) -> None:
    status, out, err = run("generate", "a man", "--model", model)
    assert (status, out) == (2, "")
    assert "model" in err


def test_torch_that_is_not_installed_is_named(generate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "admagan.export.torch_networks"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    status, _, err = generate("a man", "--backend", "torch")
    assert status == 2
    assert "pip install --constraint constraints.txt '.[train]'" in err


def test_doctor_checks_a_model(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    status, out, _ = run("doctor", tiny_model)
    assert status == 0
    assert "tiny: 32 px, 7 attributes" in out
    assert "onnxruntime" in out
    shutil.copytree(tiny_model, tmp_path / "m")
    (tmp_path / "m" / "tagger.onnx").unlink()
    status, out, err = run("doctor", "m", "--json")
    findings = {finding["what"]: finding for finding in json.loads(out)["findings"]}
    assert (status, findings["model m"]["state"]) == (2, "broken")
    assert "tagger.onnx" in err


def test_models_lists_what_is_bundled(run: Run, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admagan.runtime.models.BUNDLED", tiny_model.parent)
    assert "tiny: 32 px, 7 attributes, en, zh, Apache-2.0" in run("models")[1]
    models: list[dict[str, Any]] = json.loads(run("models", "--json")[1])["models"]
    assert [model["path"] for model in models] == [str(tiny_model)]
    assert run("generate", "a man", "--model", "tiny")[0] == 0


def test_nothing_of_others_is_replaced_by_a_converted_model(
    run: Run, tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "notes.txt").write_text("precious")
    for out in (".", "thesis", "thesis/notes.txt"):
        status, _, err = run("convert", "half", tiny_model, "--out", out)
        assert status == 2
        assert "expected a new or empty folder" in err
    assert (tmp_path / "thesis" / "notes.txt").read_text() == "precious"


@pytest.mark.parametrize("option", [["-n", "1.5"], ["--seed", "1.7"], ["--seed", "1e3"], ["-n", "two"]])
def test_numbers_are_not_rounded(generate: Run, option: list[str]) -> None:
    status, _, err = generate("a man", *option)
    assert status == 2
    assert f"Invalid value for {option[0]}: expected a whole number, found '{option[1]}'" in err


def test_a_wrong_ending_is_refused_before_anything_is_drawn(
    run: Run, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AdmaGAN, "load", lambda *_, **__: pytest.fail("loaded a model"))
    for command in (["interpolate", "a man", "red hair"], ["sweep", "glasses", "a man"]):
        status, _, err = run("explore", *command, "--model", tiny_model, "--out", "x.txt")
        assert status == 2
        assert "expected a name that ends in .png" in err


@pytest.mark.parametrize("buffered", [True, False])
def test_a_reader_that_goes_away_is_no_error_of_ours(tmp_path: Path, buffered: bool) -> None:
    command = [sys.executable, *([] if buffered else ["-u"]), "-m", "admagan", "models"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr
    closed = subprocess.run(["sh", "-c", f"{' '.join(command)} >&-"], stderr=subprocess.PIPE, check=False)
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_half_the_size_makes_nearly_the_same_picture(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    assert run("convert", "half", tiny_model, "--out", "half")[0] == 0
    pictures = []
    for model in (tiny_model, "half"):
        run("generate", "a man", "--seed", 1, "--model", model, "--out", "x.png")
        pictures.append(Image.open(tmp_path / "x.png").tobytes())
    assert max(abs(a - b) for a, b in zip(*pictures, strict=True)) <= 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["interpolate", "a man", "red hair", "--steps", "3", "--out", "x.gif"],
        [
            "interpolate",
            "a man",
            "--to-seed",
            "4",
            "--steps",
            "3",
            "-n",
            "2",
            "--not",
            "beard",
            "--out",
            "x.png",
        ],
        ["sweep", "beard", "a man", "--steps", "3", "--attr", "glasses=0.5", "--out", "x.webp"],
        ["matrix", "--rows", "-,beard", "--columns", "red hair, smiling", "a man", "--out", "x.png"],
    ],
)
def test_ways_through_a_model(arguments: list[str], run: Run, tiny_model: Path, tmp_path: Path) -> None:
    status, out, _ = run("explore", *arguments, "--model", tiny_model)
    assert (status, out.splitlines()[-1]) == (0, arguments[-1])
    assert ("understood:" in out) == any("man" in argument for argument in arguments)
    assert Image.open(tmp_path / arguments[-1]).width > 128


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert "Make pictures of a sentence." in out
    assert all(
        name in out for name in ("generate", "models", "doctor", "train", "data", "explore", "convert")
    )
