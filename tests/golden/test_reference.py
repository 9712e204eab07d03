"""Our networks and losses against numbers from the networks that the Adma-GAN authors released (float64, CPU)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import reference
import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.data.correlation import (
    PairCounts,
    conditional_probability,
    correlation_graph,
    normalised,
    reweighted_released,
)
from admagan.export.released import generator_state, memory_state
from admagan.losses.adversarial import hinge_fake, hinge_real
from admagan.losses.alignment import info_nce
from admagan.losses.attribute import attribute_loss, attribute_targets
from admagan.losses.gradient_penalty import matching_aware_gradient_penalty
from admagan.networks.condition import Condition
from admagan.networks.discriminator import Discriminator, Verdict
from admagan.networks.generator import Generator
from admagan.networks.memory import AttributeMemory
from admagan.schema.model import DiscriminatorConfig, GeneratorConfig

GOLDEN: dict[str, Any] = reference.golden()
checked: set[str] = set()


def expect(key: str, value: Tensor | np.ndarray, rtol: float = 1e-8) -> None:
    """Hold a value against the reference number of that key."""
    checked.add(key)
    actual = value.detach().numpy() if isinstance(value, Tensor) else value
    # The absolute tolerance covers sums that cancel to nearly nothing, in units of the array's own size.
    size = float(np.abs(GOLDEN[key]).max())
    np.testing.assert_allclose(actual, GOLDEN[key], rtol=rtol, atol=rtol * size * 1e-3, err_msg=key)


@pytest.fixture(scope="module")
def world() -> SimpleNamespace:
    """Build the networks with the reference weights, and run them once on the reference inputs."""
    torch.manual_seed(0)
    counts = GOLDEN["attribute_counts"]
    pairs = PairCounts(GOLDEN["pair_counts"], np.broadcast_to(counts[:, None], GOLDEN["pair_counts"].shape))
    released = reference.released_parameters("generator")

    once = correlation_graph(pairs, float(GOLDEN["tau"]), float(GOLDEN["p"]), "released")
    twice = torch.from_numpy(normalised(once.T).T.copy())
    memory = AttributeMemory(reference.ATTRIBUTES, graph=twice).double()
    memory.load_state_dict(memory_state(released) | {"graph": twice})

    g_config = GeneratorConfig(size=reference.SIZE, width=reference.WIDTH, output="tanh")
    generator = Generator(g_config).double()
    generator.load_state_dict(generator_state(released, g_config))

    d_config = DiscriminatorConfig(size=reference.SIZE, width=reference.WIDTH)
    discriminator = Discriminator(d_config, reference.ATTRIBUTES).double()
    discriminator.load_state_dict(reference.discriminator_state())

    b, s = reference.BATCH, reference.SIZE
    sentence = reference.fill((b, 256), 11, 0.8)
    labels = (reference.fill((b, reference.ATTRIBUTES), 13, 1.0) > 0.2).double()
    images = reference.fill((b, 3, s, s), 17, 0.9)
    with torch.no_grad():
        fake = generator(reference.fill((b, 100), 7, 1.2), Condition(sentence, memory(labels)))
    x, t = images.requires_grad_(), sentence.clone().requires_grad_()
    features = discriminator.features(x)
    return SimpleNamespace(**locals())


def test_correlation_graph(world: SimpleNamespace) -> None:
    joined = conditional_probability(world.pairs) >= GOLDEN["tau"]
    expect("released_correlation", reweighted_released(joined, float(GOLDEN["p"])))
    expect("released_adjacency_once", world.once.T)
    expect("adjacency_used_in_forward", world.twice)
    checked.update(("pair_counts", "attribute_counts", "tau", "p"))


def test_attribute_memory(world: SimpleNamespace) -> None:
    expect("labels", world.labels)
    expect("memory_after_gcn", world.memory.rows())
    expect("label_embedding", world.memory(world.labels))


def test_generator(world: SimpleNamespace) -> None:
    expect("fake_pool16", F.adaptive_avg_pool2d(world.fake, 16))
    expect("fake_corner", world.fake[:, :, :4, :4])
    expect("fake_stats", torch.stack([world.fake.mean(), world.fake.std()]))


def test_discriminator(world: SimpleNamespace) -> None:
    expect("img_feat", world.features)
    expect("img_feat_pooled", world.discriminator.embed(world.features))
    for key, verdict in (("real", on_real(world)), ("fake", on_fake(world))):
        expect(f"adv_logits_{key}", verdict.logits.view(-1, 1, 1, 1))
        expect(f"cls_logits_{key}", verdict.attributes)


def test_attribute_classification(world: SimpleNamespace) -> None:
    targets = attribute_targets(world.labels, variant="released")
    expect("released_targets_real", targets.real)
    expect("released_targets_fake", targets.fake)
    expect("released_bce_real", attribute_loss(on_real(world).attributes, targets.real, targets.real_weight))
    expect("released_bce_fake", attribute_loss(on_fake(world).attributes, targets.fake, targets.fake_weight))


def test_adversarial(world: SimpleNamespace) -> None:
    (wrong,) = world.discriminator.judge(world.features[:-1], world.sentence[1:])
    real, fake, mismatched = (
        hinge_real(on_real(world).logits),
        hinge_fake(on_fake(world).logits),
        hinge_fake(wrong.logits),
    )
    expect("hinge_real", real)
    expect("hinge_fake", fake)
    expect("hinge_mismatched", mismatched)
    expect("d_adv", real + (fake + mismatched) / 2)


def test_gradient_penalty(world: SimpleNamespace) -> None:
    discriminator, logits = world.discriminator, on_real(world).logits
    gradients = torch.autograd.grad(logits.sum(), (world.x, world.t), retain_graph=True)
    expect("magp_grad_norm", sum(g.square().flatten(1).sum(1) for g in gradients).sqrt(), rtol=1e-6)
    penalty = 2 * matching_aware_gradient_penalty(logits, world.x, world.t)
    expect("magp_value_weight2_power6", penalty)
    parameters = {
        "conv_img.weight": discriminator.from_image.weight,
        "block2.conv_r.0.weight": discriminator.blocks[2].conv1.weight,
        "joint_conv.0.weight": discriminator.joint.weight,
    }
    norms = torch.autograd.grad(penalty, list(parameters.values()), retain_graph=True)
    for name, gradient in zip(parameters, norms, strict=True):
        expect(f"magp_param_grad_l2/{name}", gradient.norm(), rtol=1e-6)


def test_contrastive(world: SimpleNamespace) -> None:
    embedding = world.discriminator.embed(world.features)
    expect("contrastive_image_sentence_t0.1", info_nce(embedding, world.sentence))
    expect("contrastive_image_label_t0.1", info_nce(embedding, world.memory(world.labels)))
    u, v = reference.fill((5, 256), 23, 1.0), reference.fill((5, 256), 29, 1.0)
    expect("contrastive_u", u)
    expect("contrastive_v", v)
    expect("contrastive_uv_t0.1", info_nce(u, v))


def test_every_number_was_held_against_ours() -> None:
    assert checked == set(GOLDEN)


def on_real(world: SimpleNamespace) -> Verdict:
    verdict: Verdict
    (verdict,) = world.discriminator.judge(world.features, world.t)
    return verdict


def on_fake(world: SimpleNamespace) -> Verdict:
    features = world.discriminator.features(world.fake)
    verdict: Verdict
    (verdict,) = world.discriminator.judge(features, world.sentence)
    return verdict
