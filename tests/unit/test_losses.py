"""Loss terms and the objective."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.losses.adversarial import generator_hinge, hinge_fake, hinge_real, relativistic
from admagan.losses.alignment import damsm_sentence_loss, info_nce
from admagan.losses.attribute import attribute_loss, attribute_targets, generator_attribute_loss
from admagan.losses.diversity import diversity_loss
from admagan.losses.gather import next_in_batch
from admagan.losses.gradient_penalty import image_gradient_penalty, matching_aware_gradient_penalty
from admagan.losses.objective import DiscriminatorObjective, JudgedReal, generator_terms
from admagan.networks.condition import Condition
from admagan.networks.discriminator import Discriminator
from admagan.networks.synthesiser import build_synthesiser
from admagan.schema.loss import LossSettings
from admagan.schema.model import DiscriminatorConfig, GeneratorConfig, MemoryConfig

ATTRIBUTES = 6


def shaken_discriminator(dtype: torch.dtype = torch.float32) -> Discriminator:
    torch.manual_seed(1)
    discriminator = Discriminator(DiscriminatorConfig(size=32, width=4), ATTRIBUTES)
    with torch.no_grad():
        for block in discriminator.blocks:
            block.gain.fill_(0.7)  # from 0 the residual paths would take no part
    return discriminator.to(dtype)


def test_hinge() -> None:
    logits = torch.tensor([-2.0, 0.5, 3.0])
    assert hinge_real(logits) == pytest.approx((3 + 0.5 + 0) / 3)
    assert hinge_fake(logits) == pytest.approx((0 + 1.5 + 4) / 3)
    assert generator_hinge(logits) == pytest.approx(-0.5)


def penalty_of(discriminator: Discriminator, images: Tensor, sentence: Tensor, power: float = 6) -> Tensor:
    x, s = images.clone().requires_grad_(), sentence.clone().requires_grad_()
    logits = discriminator.judge(discriminator.features(x), s)[0].logits
    return matching_aware_gradient_penalty(logits, x, s, power=power)


def test_penalty_agrees_with_finite_differences_of_the_norm() -> None:
    """The norm is the largest slope, so the logit rises by it along the gradient; measured, not differentiated."""
    discriminator = shaken_discriminator(torch.double)
    images, sentence = torch.randn(1, 3, 32, 32).double(), torch.randn(1, 256).double()

    def logit(x: Tensor, s: Tensor) -> float:
        with torch.no_grad():
            return discriminator.judge(discriminator.features(x), s)[0].logits.item()

    x, s = images.clone().requires_grad_(), sentence.clone().requires_grad_()
    gradient = torch.autograd.grad(discriminator.judge(discriminator.features(x), s)[0].logits.sum(), (x, s))
    direction = [g / torch.cat([g.flatten() for g in gradient]).norm() for g in gradient]
    step = 1e-5
    slope = (
        logit(images + step * direction[0], sentence + step * direction[1])
        - logit(images - step * direction[0], sentence - step * direction[1])
    ) / (2 * step)
    assert penalty_of(discriminator, images, sentence).item() == pytest.approx(slope**6, rel=1e-5)


def test_penalty_gradient_agrees_with_finite_differences() -> None:
    discriminator = shaken_discriminator(torch.double)
    images, sentence = torch.randn(2, 3, 32, 32).double(), torch.randn(2, 256).double()
    weight = discriminator.blocks[1].conv1.weight
    (gradient,) = torch.autograd.grad(penalty_of(discriminator, images, sentence), weight)
    direction, step = F.normalize(gradient.flatten(), dim=0).view_as(weight), 1e-5
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            weight.add_(sign * step * direction)
        values.append(penalty_of(discriminator, images, sentence).item())
        with torch.no_grad():
            weight.sub_(sign * step * direction)
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(gradient.norm().item(), rel=1e-4)


def test_penalty_at_zero_gradient_is_zero_with_finite_slope() -> None:
    discriminator = shaken_discriminator()
    torch.nn.init.zeros_(discriminator.logit.weight)
    value = penalty_of(discriminator, torch.randn(2, 3, 32, 32), torch.randn(2, 256))
    value.backward()
    assert value == 0
    assert all(p.grad is None or p.grad.isfinite().all() for p in discriminator.parameters())


def test_targets_of_the_paper_do_not_overlap() -> None:
    labels = torch.tensor([[1.0, 0.0, 1.0]])
    targets = attribute_targets(labels)
    assert targets.real.tolist() == [[1, 0, 0, 0, 1, 0]]
    assert targets.fake.tolist() == [[0, 1, 0, 0, 0, 1]]


@pytest.mark.parametrize("variant", ["paper", "released"])
def test_unknown_attributes_take_no_part(variant: str) -> None:
    labels, known = torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([[True, False, True]])
    targets = attribute_targets(labels, known, variant)  # type: ignore[arg-type]
    logits = torch.randn(1, 6, requires_grad=True)
    generator_attribute_loss(logits, targets, variant).backward()  # type: ignore[arg-type]
    assert logits.grad is not None
    unknown = slice(2, 4) if variant == "paper" else slice(3, 5)  # whose fake targets are shifted by one
    assert not logits.grad[:, unknown].any()
    if variant == "paper":  # y_r and y_f cancel where an attribute is absent
        assert logits.grad[:, :2].all()
    otherwise = attribute_targets(torch.tensor([[1.0, 1.0, 1.0]]), known, variant)  # type: ignore[arg-type]
    for one, other in ((targets.real, otherwise.real), (targets.fake, otherwise.fake)):
        weight = targets.real_weight if one is targets.real else targets.fake_weight
        torch.testing.assert_close(attribute_loss(logits, one, weight), attribute_loss(logits, other, weight))
    nothing = attribute_targets(labels, torch.zeros(1, 3, dtype=torch.bool))
    assert attribute_loss(logits, nothing.real, nothing.real_weight) == 0


def test_info_nce_is_minimal_for_aligned_pairs() -> None:
    torch.manual_seed(0)
    u = torch.linalg.qr(torch.randn(8, 8))[0]
    aligned = info_nce(u, u)
    assert aligned == pytest.approx(2 * torch.log1p(7 * torch.exp(torch.tensor(-10.0))).item(), rel=1e-3)
    for _ in range(20):
        assert info_nce(u, u[torch.randperm(8)]) >= aligned
        assert info_nce(u, u + 0.5 * torch.randn(8, 8)) > aligned
    assert info_nce(u, 3 * u) == pytest.approx(aligned.item(), rel=1e-5)  # only directions count
    torch.testing.assert_close(damsm_sentence_loss(u, u), aligned)
    with pytest.raises(ValueError, match="u, v"):
        info_nce(u, u[:4])


def test_mismatched_sentences_are_another_sample_s() -> None:
    x = torch.arange(4.0)[:, None]
    assert next_in_batch(x).flatten().tolist() == [1, 2, 3, 0]


@pytest.fixture
def world() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {
        "images": torch.rand(4, 3, 32, 32) * 2 - 1,
        "sentence": torch.randn(4, 256),
        "labels": (torch.rand(4, ATTRIBUTES) < 0.5).float(),
        "noise": torch.randn(4, 100),
    }


def both_terms(
    world: dict[str, Tensor], settings: LossSettings
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    torch.manual_seed(2)
    synthesiser = build_synthesiser(GeneratorConfig(size=32, width=4), MemoryConfig(), ATTRIBUTES)
    objective = DiscriminatorObjective(shaken_discriminator(), settings)
    fake, condition = synthesiser(world["noise"], world["sentence"], world["labels"])
    d = objective(world["images"], fake, condition, world["labels"])
    g = generator_terms(objective.discriminator, fake, condition, world["labels"], None, d.real, settings)
    return d.values, g.values


def test_objective_names_its_terms(world: dict[str, Tensor]) -> None:
    d, g = both_terms(world, LossSettings())
    assert set(d) == {"real", "fake", "mismatched", "alignment", "classification", "penalty"}
    assert set(g) == {"adversarial", "alignment", "classification"}
    assert all(value.isfinite() and value.ndim == 0 for value in (*d.values(), *g.values()))


def test_every_term_can_be_left_out(world: dict[str, Tensor]) -> None:
    bare = LossSettings(mismatched=False, penalty_weight=0, classification="off", alignment_weight=0)
    d, g = both_terms(world, bare)
    assert set(d) == {"real", "fake"}
    assert set(g) == {"adversarial"}
    half = both_terms(world, LossSettings())[0]["fake"]
    torch.testing.assert_close(d["fake"], 2 * half)


def test_relativistic_losses_compare_each_real_picture_with_its_fake(world: dict[str, Tensor]) -> None:
    apart = torch.tensor([3.0, -1.0])
    expected = (math.log1p(math.exp(-3)) + math.log1p(math.exp(1))) / 2
    assert relativistic(apart + 5, torch.full((2,), 5.0)).item() == pytest.approx(expected)
    d, g = both_terms(world, LossSettings(adversarial="relativistic"))
    assert set(d) == {"fake", "mismatched", "alignment", "classification", "penalty"}
    assert d["fake"] > 0
    assert g["adversarial"] > 0


def test_penalties_on_images(world: dict[str, Tensor]) -> None:
    """Of D(x) = w x, where the gradient is w whatever x."""
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    x = torch.randn(5, 2, requires_grad=True)
    penalty = image_gradient_penalty(x @ w, x)
    assert penalty.item() == pytest.approx(25)
    torch.testing.assert_close(torch.autograd.grad(penalty, w)[0], 2 * w.detach())
    r1, both = (
        both_terms(world, LossSettings(penalty=name, penalty_interval=4))[0]["penalty"]
        for name in ("r1", "r1_r2")
    )
    assert both > r1 > 0


def test_weights_scale_their_terms(world: dict[str, Tensor]) -> None:
    once = both_terms(world, LossSettings())
    twice = LossSettings(penalty_weight=4, classification_weight=1, alignment_weight=0.2)
    for before, after in zip(once, both_terms(world, twice), strict=True):
        for name in set(before) & {"penalty", "classification", "alignment"}:
            torch.testing.assert_close(after[name], 2 * before[name])
    lazy = both_terms(world, LossSettings(penalty_interval=4))[0]["penalty"]
    torch.testing.assert_close(lazy, 4 * once[0]["penalty"])


def test_discriminator_s_terms_leave_the_generator_alone(world: dict[str, Tensor]) -> None:
    synthesiser = build_synthesiser(GeneratorConfig(size=32, width=4), MemoryConfig(), ATTRIBUTES)
    objective = DiscriminatorObjective(shaken_discriminator(), LossSettings())
    fake, condition = synthesiser(world["noise"], world["sentence"], world["labels"])
    objective(world["images"], fake, condition, world["labels"]).total.backward()
    assert all(p.grad is None for p in synthesiser.parameters())
    assert all(p.grad is not None for p in objective.parameters())


def test_alignment_teaches_the_memory(world: dict[str, Tensor]) -> None:
    synthesiser = build_synthesiser(
        GeneratorConfig(size=32, width=4, schedule="ssss"), MemoryConfig(), ATTRIBUTES
    )
    discriminator = shaken_discriminator().requires_grad_(False)
    settings = LossSettings(classification="off")
    fake, condition = synthesiser(world["noise"], world["sentence"], world["labels"])
    real = JudgedReal(torch.zeros(4), torch.randn(4, 256))
    generator_terms(discriminator, fake, condition, world["labels"], None, real, settings).total.backward()
    assert synthesiser.memory is not None
    assert synthesiser.memory.table.grad is not None
    assert synthesiser.memory.table.grad.any()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_reduced_precision_agrees_with_full(world: dict[str, Tensor], layout: torch.memory_format) -> None:
    """bf16 has 8 bits of mantissa: terms agree to 2 %, gradients of whole networks to 8 % of their norm, that of
    the penalty, a sixth power, to 10 %. Term by term, as the sum of opposing terms has no size to compare with."""
    torch.manual_seed(1)
    synthesiser = build_synthesiser(GeneratorConfig(size=32, width=8), MemoryConfig(), ATTRIBUTES)
    condition = Condition(world["sentence"], torch.randn(4, 256))
    with torch.no_grad():
        pictures = synthesiser.generator(world["noise"], condition)

    def terms_and_gradients(bf16: bool) -> dict[str, tuple[float, Tensor]]:
        wanted = layout if bf16 else torch.contiguous_format
        generator = synthesiser.generator.to(memory_format=wanted)  # type: ignore[call-overload]
        objective = DiscriminatorObjective(shaken_discriminator(), LossSettings()).to(memory_format=wanted)  # type: ignore[call-overload]
        results = {}
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            d = objective(world["images"], pictures, condition, world["labels"])
            fake = generator(world["noise"], condition)
            bare = objective.discriminator
            g = generator_terms(bare, fake, condition, world["labels"], None, d.real, LossSettings())
        for network, terms in ((objective, d.values), (generator, g.values)):
            for name, value in terms.items():
                parameters = list(network.parameters())
                gradients = torch.autograd.grad(value, parameters, retain_graph=True, materialize_grads=True)
                key = f"{type(network).__name__}.{name}"
                results[key] = (value.item(), torch.cat([gradient.flatten() for gradient in gradients]))
        return results

    full, reduced = terms_and_gradients(False), terms_and_gradients(True)
    assert len(full) == 9
    for name, (value, gradient) in full.items():
        assert reduced[name][0] == pytest.approx(value, rel=0.02, abs=0.002), name
        tolerance = 0.10 if name.endswith("penalty") else 0.08
        assert gradient.norm() > 0, name
        assert (reduced[name][1] - gradient).norm() / gradient.norm() < tolerance, name


def test_pictures_that_differ_enough_are_not_asked_to_differ_more() -> None:
    grey, light = torch.zeros(2, 3, 8, 8), torch.full((2, 3, 8, 8), 0.05)
    assert float(diversity_loss(grey, grey, 0.1)) == pytest.approx(0.1)
    assert float(diversity_loss(grey, light, 0.1)) == pytest.approx(0.05)
    assert float(diversity_loss(grey, 4 * light, 0.1)) == 0


def test_single_pixels_and_colours_out_of_range_are_no_difference() -> None:
    grey = torch.zeros(2, 3, 8, 8)
    board = (torch.arange(8)[:, None] + torch.arange(8)).remainder(2) * 2.0 - 1
    assert float(diversity_loss(grey, board.expand(2, 3, 8, 8), 0.1)) == pytest.approx(0.1)
    assert float(diversity_loss(grey + 1, grey + 3, 0.1)) == pytest.approx(0.1)
