"""The evaluator: choices, training, keeping; and the quick figures that it serves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from admagan.bank import NO_CHOICE
from admagan.metrics import evaluator_training
from admagan.metrics.choices import Choices, exclusive_choices
from admagan.metrics.classification import average_precision, top1_in_group
from admagan.metrics.evaluator import Evaluator
from admagan.metrics.evaluator_training import augmented, evaluator_for, train_evaluator
from admagan.metrics.pictures import LabelledPictures, as_tensor, unit_range
from admagan.metrics.quick import QuickQuality
from admagan.schema.evaluation import EvaluatorSettings

GROUPS = {"colour": (0, 1, 2), "": (3,)}
SMALL = EvaluatorSettings(size=32, width=4, images=1200, epochs=99, batch_size=16)
LOGITS = torch.tensor([[0.3, -1.0, 2.0, 0.5], [1.0, 1.5, -0.2, -3.0]])


def pictures(count: int, seed: int = 0) -> LabelledPictures:
    """Return pictures that are red, green or blue, the brighter half of them with attribute 3, with noise."""
    rng = np.random.default_rng(seed)
    colour, bright = rng.integers(3, size=count), rng.random(count) < 0.5
    images = np.full((count, 32, 32, 3), 20, np.uint8)
    images[np.arange(count), ..., colour] = np.where(bright, 230, 110)[:, None, None]
    images += rng.integers(0, 20, images.shape, dtype=np.uint8)
    labels = np.concatenate([np.eye(3)[colour] > 0, bright[:, None]], 1)
    return LabelledPictures(images, np.arange(count), 32, labels, np.ones_like(labels))


def test_a_group_is_exclusive_if_no_picture_has_two_of_it() -> None:
    labels = np.array([[1, 0, 1, 1], [0, 1, 0, 1]]) > 0
    known = np.ones_like(labels)
    groups = {"hat": (0, 1), "hair": (2, 3), "": ()}
    assert exclusive_choices(groups, labels, known) == [[0, 1], [2], [3]]
    known[0, 2] = False  # what is not known counts for nothing
    assert exclusive_choices(groups, labels, known) == [[0, 1], [2, 3]]
    for group in NO_CHOICE:
        assert exclusive_choices({group: (2, 3)}, labels, known) == [[2], [3]]


def test_single_attributes_have_the_sigmoid_as_probability() -> None:
    single = Choices([[0], [1], [2], [3]])
    assert torch.allclose(single.probabilities(LOGITS), LOGITS.sigmoid())
    labels = torch.tensor([[1, 0, 0, 1], [0, 0, 1, 0]]) > 0
    wanted = F.binary_cross_entropy_with_logits(LOGITS, labels.float(), reduction="sum") / 2
    assert torch.allclose(single.loss(LOGITS, labels, torch.ones_like(labels)), wanted)


@pytest.mark.parametrize(
    ("pictures", "shown"), [(40, 40 * 40), (1_000, 30_000), (6_846, 30_000), (10_000, 40_000)]
)
def test_no_picture_is_shown_too_rarely_or_too_often(pictures, shown):
    assert EvaluatorSettings().steps(pictures) == shown // 32


def test_a_group_shares_its_probability_with_none_of_these() -> None:
    choices = Choices([[0, 2], [1], [3]])
    found = choices.probabilities(LOGITS)
    weights = torch.tensor([LOGITS[0, 0], LOGITS[0, 2], 0.0]).softmax(0)
    assert torch.allclose(found[0, [0, 2]], weights[:2])
    assert torch.allclose(found[:, [1, 3]], LOGITS[:, [1, 3]].sigmoid())
    labels = torch.zeros(2, 4, dtype=torch.bool)
    only_group = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 0]]) > 0
    assert torch.allclose(choices.loss(LOGITS, labels, only_group), -weights[2].log() / 2)


def test_unknown_attributes_take_no_part_in_the_loss() -> None:
    logits = LOGITS.clone().requires_grad_()
    known = torch.tensor([[1, 0, 1, 0], [0, 1, 1, 1]]) > 0
    Choices([[0, 2], [1], [3]]).loss(logits, known, known).backward()
    assert logits.grad is not None
    # The group of row 1 is known in part only.
    assert (logits.grad != 0).tolist() == [[True, False, True, False], [False, True, False, True]]


def test_no_attributes_at_all() -> None:
    empty = Choices([])
    assert empty.probabilities(torch.zeros(3, 0)).shape == (3, 0)
    assert empty.loss(torch.zeros(3, 0), torch.zeros(3, 0) > 0, torch.zeros(3, 0) > 0) == 0


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory) -> Evaluator:
    return evaluator_for(pictures(300), GROUPS, tmp_path_factory.mktemp("evaluators"), SMALL)


def test_it_learns_what_can_be_seen(evaluator: Evaluator) -> None:
    test = pictures(100, seed=1)
    found = evaluator.extract(test.batches(), len(test), "test")
    assert found.features.shape == (100, 32)
    scores = evaluator.probabilities(found.logits)
    assert np.nanmin(average_precision(scores, test.labels, test.known)) > 0.95
    assert top1_in_group(scores, test.labels, test.known, GROUPS["colour"]).mean() > 0.95


def test_training_is_deterministic_and_leaves_the_global_random_state_alone() -> None:
    settings = SMALL.model_copy(update={"images": 64})
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one = train_evaluator(pictures(40), [[0, 1, 2], [3]], settings)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(8)
    two = train_evaluator(pictures(40), [[0, 1, 2], [3]], settings)
    assert all(
        torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    )


def test_it_is_trained_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SMALL.model_copy(update={"images": 32})
    first = evaluator_for(pictures(40), GROUPS, tmp_path, settings)
    other = evaluator_for(pictures(40, seed=1), GROUPS, tmp_path, settings)
    assert first.sha256 != other.sha256
    monkeypatch.setattr(evaluator_training, "train_evaluator", None)
    again = evaluator_for(pictures(40), GROUPS, tmp_path, settings)
    assert again.sha256 == first.sha256
    assert again.partition == ((0, 1, 2), (3,))
    with pytest.raises(TypeError):  # other settings: trained anew
        evaluator_for(pictures(40), GROUPS, tmp_path, SMALL)


def test_a_killed_training_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluator_training, "train_evaluator", killed)
    with pytest.raises(KeyboardInterrupt):
        evaluator_for(pictures(40), GROUPS, tmp_path, SMALL)
    assert not list(tmp_path.glob("*.safetensors"))


def test_augmentation_moves_but_keeps_the_picture() -> None:
    x = unit_range(as_tensor(pictures(64).images)) * 2 - 1
    moved = augmented(x, torch.Generator().manual_seed(0))
    assert torch.equal(moved, augmented(x, torch.Generator().manual_seed(0)))
    assert not torch.equal(moved, augmented(x, torch.Generator().manual_seed(1)))
    assert moved.abs().max() <= 1 + 1e-5
    ramp = torch.linspace(-1, 1, 32).expand(64, 3, 32, 32)
    seen = augmented(ramp, torch.Generator().manual_seed(0))
    mirrored = (seen * ramp).mean((1, 2, 3)) < 0
    assert 16 < mirrored.sum() < 48
    back = torch.where(mirrored[:, None, None, None], -seen, seen)  # a ramp mirrored is its negative
    assert (back - ramp).abs().mean() < 0.15
    assert (back - ramp).abs().max() < 0.6


class _Replay(nn.Module):
    """A "generator" that shows given pictures, in order."""

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        self.images = nn.Parameter(images)
        self.place = 0

    def forward(self, noise: Tensor, _: Tensor, __: Tensor) -> tuple[Tensor, None]:
        self.place += len(noise)
        return self.images[self.place - len(noise) : self.place], None


def test_quick_figures_tell_good_from_bad(evaluator: Evaluator) -> None:
    train, held_out = pictures(300), pictures(120, seed=5)
    labels, known = torch.from_numpy(held_out.labels).float(), torch.from_numpy(held_out.known)
    quality = QuickQuality(evaluator, train, torch.zeros(120, 3), labels, known, noise_dim=2, samples=120)
    real = unit_range(as_tensor(held_out.images)) * 2 - 1
    good = quality(_Replay(real))  # type: ignore[arg-type]
    mixed = quality(_Replay(real.roll(1, 0)))  # type: ignore[arg-type]
    constant = quality(_Replay(real[:1].repeat(120, 1, 1, 1)))  # type: ignore[arg-type]
    assert good["FID"] == pytest.approx(mixed["FID"], rel=1e-3)
    assert constant["FID"] > 10 * good["FID"]
    assert good["attribute mAP"] > 0.95
    assert mixed["attribute mAP"] < 0.7
    assert good == quality(_Replay(real))  # type: ignore[arg-type]
