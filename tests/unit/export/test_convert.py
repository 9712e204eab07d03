"""`admagan convert released`: checkpoints with the released names and shapes become a model that computes the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
import torch
from torch import Tensor

from admagan import AdmaGAN, cli
from admagan.errors import InputError
from admagan.export.convert import ReleasedFiles, convert_released
from admagan.export.folder import load_trained
from admagan.schema.model import MemoryConfig

WORDS = ["<end>", "a", "bird", "with", "blue", "wing", "wings", "red", "bill"]
PHRASES = ["blue wing", "red bill", *(f"attribute number {i}" for i in range(10))]
MEMORY = MemoryConfig(correlation="released")


def text_encoder() -> dict[str, Tensor]:
    """Return the parameters of the released text encoder by its names."""
    lstm = torch.nn.LSTM(300, 128, bidirectional=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = {f"rnn.{name}": torch.randn_like(value) / 10 for name, value in lstm.state_dict().items()}
        return state | {"encoder.weight": torch.randn(len(WORDS), 300) / 10}


@pytest.fixture
def files(tmp_path: Path) -> ReleasedFiles:
    """Write checkpoints as training scripts write them, and the lists and counts beside them."""
    networks = {name: reference.released_parameters(name) for name in ("generator", "discriminator", "head")}
    single = {name: {key: value.float() for key, value in state.items()} for name, state in networks.items()}
    parallel = {f"module.{key}": value for key, value in single["generator"].items()}
    torch.save(parallel, tmp_path / "netG_120.pth")
    models = {"netD": single["discriminator"], "netC": single["head"]}
    optimiser = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 1e-4}]}
    torch.save({"model": models, "optimizers": optimiser, "epoch": 120}, tmp_path / "state.pth")
    torch.save(text_encoder(), tmp_path / "text_encoder.pth")
    golden = reference.golden()
    counts = {key: golden[key] for key in ("pair_counts", "attribute_counts")}
    np.savez(tmp_path / "counts.npz", **counts)
    (tmp_path / "attributes.txt").write_text("\n".join(PHRASES) + "\n")
    (tmp_path / "words.txt").write_text("\n".join(WORDS) + "\n")
    return ReleasedFiles(tmp_path / "attributes.txt", tmp_path / "words.txt", tmp_path / "counts.npz")


CHECKPOINTS = ("text_encoder.pth", "state.pth", "netG_120.pth")


def convert(folder: Path, files: ReleasedFiles, checkpoints: tuple[str, ...] = CHECKPOINTS) -> Path:
    out = folder / "model"
    convert_released([folder / name for name in checkpoints], files, out, "birds", MEMORY)
    return out


def test_the_converted_model_computes_the_reference_numbers(tmp_path: Path, files: ReleasedFiles) -> None:
    model = AdmaGAN.load(convert(tmp_path, files))
    batch = reference.BATCH
    noise, sentence = reference.fill((batch, 100), 7, 1.2), reference.fill((batch, 256), 11, 0.8)
    labels = reference.golden()["labels"].astype(np.float32)
    images = torch.from_numpy(model.networks.images(noise.float().numpy(), sentence.float().numpy(), labels))
    pooled = torch.nn.functional.adaptive_avg_pool2d(images, 16).numpy()
    # The reference pictures are saturated: in float32 a few of their pixels flip from -1 to 1.
    far = np.abs(pooled - reference.golden()["fake_pool16"]) > 1e-4
    assert far.mean() < 0.02


def test_the_converted_text_encoder_is_the_released_one(tmp_path: Path, files: ReleasedFiles) -> None:
    released = text_encoder()
    lstm = torch.nn.LSTM(300, 128, batch_first=True, bidirectional=True)
    lstm.load_state_dict({key.removeprefix("rnn."): value for key, value in released.items() if "rnn" in key})
    ids = torch.tensor([[WORDS.index(word) for word in ("a", "bird", "with", "blue", "wings")]])
    _, (states, _) = lstm(released["encoder.weight"][ids])
    expected = states.transpose(0, 1).flatten(1).detach().numpy()
    model = AdmaGAN.load(convert(tmp_path, files))
    # Case, punctuation and words that are not in the vocabulary change nothing.
    reading = model.read("A bird, with glorious BLUE wings!")
    np.testing.assert_allclose(reading.sentence, expected[0], atol=1e-6)
    assert [(a.name, a.source) for a in reading.attributes] == [("blue wing", "prompt")]
    assert reading.unknown_words == ("glorious",)


def test_the_shape_is_read_off_the_checkpoint(tmp_path: Path, files: ReleasedFiles) -> None:
    model = load_trained(convert(tmp_path, files))
    config = model.config
    assert (config.generator.size, config.generator.width, config.generator.noise_dim) == (256, 4, 100)
    assert config.generator.block_channels == (32, 32, 32, 32, 16, 8, 4)
    assert config.generator.output == "tanh"
    assert (config.text.vocabulary, config.text.max_tokens, config.memory.mode) == (9, 18, "sample_joint")
    assert model.bank.names == tuple(PHRASES)


class Unpickled:
    """Anything that is no tensor."""


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without(name: str) -> Callable[[Path], None]:
    def remove(path: Path) -> None:
        state = torch.load(path, weights_only=True)
        torch.save({key: value for key, value in state.items() if not key.endswith(name)}, path)

    return remove


def only_blocks(count: int) -> Callable[[Path], None]:
    def remove(path: Path) -> None:
        state = torch.load(path, weights_only=True)
        kept = [
            key
            for key in state
            if not re.search(r"block(\d+)", key) or int(re.search(r"block(\d+)", key)[1]) < count
        ]
        torch.save({key: state[key] for key in kept}, path)

    return remove


def flipped(every: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        for place in range(0, len(content), every):
            content[place] ^= 255
        path.write_bytes(content)

    return flip


def compressed_and_flipped(path: Path) -> None:
    random = np.random.default_rng(0)
    np.savez_compressed(path, pair_counts=random.random((12, 12)), attribute_counts=np.ones(12))
    content = bytearray(path.read_bytes())
    content[100:400:7] = bytes(255 - value for value in content[100:400:7])
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("netG_120.pth", truncate, r"netG_120\.pth: expected"),
        ("netG_120.pth", Path.unlink, r"netG_120\.pth: expected a checkpoint file"),
        ("netG_120.pth", lambda p: torch.save(Unpickled(), p), r"netG_120\.pth: expected .* tensors only"),
        (
            "netG_120.pth",
            lambda p: torch.save({"a": torch.ones(1)}, p),
            "a released generator, .* found none",
        ),
        ("netG_120.pth", lambda p: torch.save(text_encoder(), p), "one text_encoder, found another"),
        ("netG_120.pth", without("block3.c2.bias"), r"a parameter block3\.c2\.bias"),
        ("netG_120.pth", without("gcn1.weight"), r"a parameter gcn1\.weight"),
        ("netG_120.pth", without("attr_phrase_emb"), "a parameter attr_phrase_emb"),
        ("netG_120.pth", without("block2.c1.weight"), r"a parameter block2\.c1\.weight"),
        ("text_encoder.pth", without("bias_hh_l0_reverse"), r"a parameter rnn\.bias_hh_l0_reverse"),
        (
            "text_encoder.pth",
            without("encoder.weight"),
            "released text encoder: .* a parameter encoder.weight",
        ),
        ("netG_120.pth", only_blocks(3), "released generator: "),
        ("netG_120.pth", lambda p: p.write_bytes(b""), r"netG_120\.pth: .* found \w+"),
        ("netG_120.pth", flipped(2_000), r"netG_120\.pth: expected"),
        ("counts.npz", lambda p: p.write_bytes(b""), "expected an .npz file"),
        ("counts.npz", compressed_and_flipped, "expected an .npz file"),
        ("attributes.txt", Path.unlink, r"attributes\.txt: expected a readable"),
        ("attributes.txt", lambda p: p.write_text("one\n"), r"attributes\.txt: expected 12 lines.*found 1\."),
        ("words.txt", lambda p: p.write_text("a\nb\n\nc\nd\ne\nf\ng\nh\n"), r"words\.txt:3: .*an empty line"),
        ("words.txt", lambda p: p.write_text("a\nb\nB\nc\nd\ne\nf\ng\nh\n"), r"words\.txt: .*'b' twice"),
        ("counts.npz", lambda p: p.write_bytes(b"no"), r"counts\.npz: expected an \.npz file"),
        ("counts.npz", lambda p: np.savez(p, pair_counts=np.ones((2, 2))), "expected an .npz file"),
        (
            "counts.npz",
            lambda p: np.savez(p, pair_counts=np.ones((2, 2)), attribute_counts=np.ones(2)),
            r"counts of shapes \(12, 12\) and \(12,\), found \(2, 2\) and \(2,\)",
        ),
        (
            "counts.npz",
            lambda p: np.savez(p, pair_counts=-np.ones((12, 12)), attribute_counts=np.ones(12)),
            "counts from 0",
        ),
        (
            "counts.npz",
            lambda p: np.savez(p, pair_counts=np.array([Unpickled()]), attribute_counts=np.ones(12)),
            "expected an .npz file",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    name: str, spoil: Callable[[Path], Any], message: str, tmp_path: Path, files: ReleasedFiles
) -> None:
    spoil(tmp_path / name)
    with pytest.raises(InputError, match=message):
        convert(tmp_path, files)
    assert not (tmp_path / "model").exists()


def test_a_name_that_cannot_be_is_refused(tmp_path: Path, files: ReleasedFiles) -> None:
    paths = [tmp_path / name for name in CHECKPOINTS]
    with pytest.raises(InputError, match="--name"):
        convert_released(paths, files, tmp_path / "model", "", MEMORY)
    assert not (tmp_path / "model").exists()


def test_a_missing_network_is_named(tmp_path: Path, files: ReleasedFiles) -> None:
    with pytest.raises(InputError, match="a released generator among the files, found text_encoder"):
        convert(tmp_path, files, ("text_encoder.pth",))
    with pytest.raises(InputError, match="a released text encoder among the files, found generator"):
        convert(tmp_path, files, ("netG_120.pth",))


def test_the_command(
    tmp_path: Path, files: ReleasedFiles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints = [str(tmp_path / name) for name in CHECKPOINTS]
    options = ["--attributes", files.attributes, "--vocabulary", files.vocabulary, "--counts", files.counts]
    arguments = [
        "convert",
        "released",
        *checkpoints,
        "--out",
        tmp_path / "birds",
        *options,
        "--name",
        "birds",
    ]
    monkeypatch.setattr("sys.argv", ["admagan", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 0
    assert "admagan generate PROMPT --model" in capsys.readouterr().out
    result = AdmaGAN.load(tmp_path / "birds")("a bird with a red bill", seed=1)
    assert result.images[0].size == (256, 256)
    monkeypatch.setattr("sys.argv", ["admagan", *map(str, [*arguments, "--tau", 7])])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert "--tau: expected" in capsys.readouterr().err
