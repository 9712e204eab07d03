"""What a training takes over from a trained model."""

from __future__ import annotations

import torch
from tiny_models import ATTRIBUTES, tiny_trained

from admagan.bank import AttributeBank
from admagan.networks.synthesiser import Synthesiser
from admagan.schema.records import Attribute
from admagan.training.fine_tune import begin_from

NEW = tuple(Attribute(name=name, count=1) for name in ("bow tie", "crown", "scarf"))


def rows(synthesiser: Synthesiser) -> torch.Tensor:
    """Return H of attributes that all stand by themselves."""
    memory = synthesiser.memory
    memory.graph.copy_(torch.eye(len(memory.graph)))
    return memory.rows()


def begun(
    old_names: tuple[Attribute, ...], new_names: tuple[Attribute, ...]
) -> tuple[torch.Tensor, torch.Tensor]:
    old, new = tiny_trained(old_names), tiny_trained(new_names, seed=1)
    begin_from(old, new.synthesiser, AttributeBank(new_names))
    return rows(old.synthesiser), rows(new.synthesiser)


def test_attributes_keep_their_embeddings_where_others_are_added() -> None:
    before, after = begun(ATTRIBUTES, (NEW[0], *ATTRIBUTES, *NEW[1:]))
    torch.testing.assert_close(after[1:-2], before)


def test_attributes_keep_their_order_and_embeddings_in_the_same_bank() -> None:
    before, after = begun(ATTRIBUTES, ATTRIBUTES[::-1])
    torch.testing.assert_close(after, before.flip(0))


def test_of_fewer_hidden_units_the_weightiest_stay() -> None:
    before, after = begun(ATTRIBUTES, ATTRIBUTES[:5])
    assert torch.cosine_similarity(after, before[:5]).min() > 0.7
