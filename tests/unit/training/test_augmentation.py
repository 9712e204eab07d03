"""What the discriminator sees, changed."""

from __future__ import annotations

import pytest
import torch

from admagan.training.augmentation import DRAWS, augmented
from admagan.training.loop import train_gan

KINDS = ("colour", "translation", "cutout")
MIDDLE = torch.full((2, DRAWS), 0.5)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def drawn(**values: float) -> torch.Tensor:
    names = ("brightness", "saturation", "contrast", "down", "right", "row", "column")
    return torch.tensor([[values.get(name, 0.5) for name in names]] * 2)


def test_without_kinds_nothing_changes(images):
    assert augmented(images, torch.rand(2, DRAWS), ()) is images


def test_the_middle_of_colours_and_places_is_the_picture_itself(images):
    torch.testing.assert_close(augmented(images, MIDDLE, ("colour", "translation")), images)


def test_colours(images):
    brighter = augmented(images, drawn(brightness=0.75), ("colour",))
    torch.testing.assert_close(brighter, images + 0.25)
    grey = augmented(images, drawn(saturation=0), ("colour",))
    torch.testing.assert_close(grey, images.mean(1, keepdim=True).expand_as(images))
    flat = augmented(images, drawn(contrast=0), ("colour",))
    torch.testing.assert_close(flat.mean((1, 2, 3)), images.mean((1, 2, 3)))
    torch.testing.assert_close(flat.std((1, 2, 3)), images.std((1, 2, 3)) / 2)


def test_a_shift_repeats_the_edge(images):
    lower = augmented(images, drawn(down=0.999), ("translation",))
    torch.testing.assert_close(lower[:, :, 0], images[:, :, 2])
    torch.testing.assert_close(lower[:, :, -1], images[:, :, -1])
    other = augmented(images, drawn(right=0.0), ("translation",))
    torch.testing.assert_close(other[:, :, :, 2:], images[:, :, :, :-2])


def test_a_quarter_is_cut_out(images):
    cut = augmented(images, drawn(row=0.5), ("cutout",))
    assert (cut == 0).float().mean().item() == pytest.approx(0.25, abs=0.07)
    assert torch.equal(cut[:, :, 0], images[:, :, 0])


def test_the_gradient_flows_through_twice(images):
    x = images.double().requires_grad_()
    draws = torch.rand(2, DRAWS, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad(augmented(x, draws, KINDS).pow(3).sum(), x, create_graph=True)
    assert torch.autograd.grad(gradient.square().sum(), x)[0].any()


def test_it_changes_what_is_learned_and_can_be_resumed(make_job):
    plain, changed = make_job("plain"), make_job("changed", augmentation=KINDS)
    train_gan(plain)
    train_gan(changed)
    train_gan(make_job("parts", images=8, augmentation=KINDS))
    resumed = make_job("parts", augmentation=KINDS)
    train_gan(resumed)
    for name, tensor in changed.trainer.tensors().items():
        assert torch.equal(tensor, resumed.trainer.tensors()[name]), name
    weights = [next(job.trainer.synthesiser.parameters()) for job in (plain, changed)]
    assert not torch.equal(*weights)
