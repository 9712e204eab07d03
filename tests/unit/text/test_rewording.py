"""Captions made of attributes: what they say is true, and other pictures of which it is true are no negatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from admagan.bank import AttributeBank
from admagan.schema.records import Attribute
from admagan.training.rewording import Rewording, matches

SEED = 3


def reworder(colours, share: float, filler: float = 0.0) -> Rewording:
    return Rewording(colours.tokenizer, colours.bank, share, filler, SEED)


def texts(colours, batch) -> list[str]:
    return [
        colours.tokenizer.decode(ids[:length].tolist()).strip()
        for ids, length in zip(batch.tokens, batch.lengths, strict=True)
    ]


def test_new_captions_say_some_of_what_is_true_in_any_order(colours):
    batch = colours.make(240, 0, batch_size=200).batch(0)
    new = texts(colours, reworder(colours, 1.0).batch(batch, 0)[0])
    said = set()
    for caption, labels in zip(new, batch.attributes, strict=True):
        true = {name for name, present in zip(colours.bank.names, labels, strict=True) if present}
        assert caption
        assert set(caption.split()) <= true
        said.add(tuple(sorted(colours.bank.index(word) >= 6 for word in caption.split())))
    assert said == {(False,), (True,), (False, True)}
    assert any(caption.split()[0] in ("disc", "square") and " " in caption for caption in new)
    assert any(caption.split()[-1] in ("disc", "square") and " " in caption for caption in new)


def test_nothing_changes_without_share_and_noise(colours):
    batch = colours.make(40, 0).batch(0)
    kept, same = reworder(colours, 0.0).batch(batch, 0)
    assert torch.equal(kept.tokens, batch.tokens)
    assert torch.equal(kept.lengths, batch.lengths)
    assert torch.equal(same, (batch.tokens[:, None] == batch.tokens[None]).all(2))


def test_a_share_of_captions_is_made_anew(colours):
    batch = colours.make(400, 0, batch_size=400).batch(0)
    new = reworder(colours, 0.25).batch(batch, 0)[0]
    changed = (new.tokens != batch.tokens).any(1).float().mean()
    assert float(changed) == pytest.approx(0.25, abs=0.06)


def test_unknown_and_absent_attributes_are_never_said(colours):
    batch = colours.make(60, 0, batch_size=60).batch(0)
    known = batch.known.clone()
    known[:, :6] = False
    new = texts(colours, reworder(colours, 1.0).batch(replace(batch, known=known), 0)[0])
    assert set(new) == {"disc", "square"}
    nothing = replace(batch, known=torch.zeros_like(known))
    assert torch.equal(reworder(colours, 1.0).batch(nothing, 0)[0].tokens, batch.tokens)


def test_fillers_stand_around_phrases_and_mean_nothing(colours):
    batch = colours.make(400, 0, batch_size=400).batch(0)
    reword = reworder(colours, 1.0, 0.5)
    new, _ = reword.batch(batch, 0)
    assert new.tokens.shape == batch.tokens.shape
    fillers = np.isin(new.tokens.numpy(), reword.fillers)
    assert 0.4 < fillers.sum() / int(new.lengths.sum()) < 0.7
    assert not np.isin(reworder(colours, 1.0).batch(batch, 0)[0].tokens.numpy(), reword.fillers).any()
    assert 0 not in reword.fillers
    assert fillers[:, 0].any()
    for ids, length in zip(new.tokens, new.lengths, strict=True):
        assert (ids[:length] > 0).all()
        assert (ids[length:] == 0).all()
    kept, _ = reworder(colours, 0.0, 0.5).batch(batch, 0)
    assert torch.equal(kept.tokens, batch.tokens)


def test_the_same_step_gives_the_same_words(colours):
    batch = colours.make(40, 0).batch(0)
    first, second, other = (reworder(colours, 0.5, 0.2).batch(batch, step)[0].tokens for step in (4, 4, 5))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_a_picture_matches_a_caption_unless_it_is_known_to_lack_what_it_says(colours):
    """Captions: "red" for picture 0, the old ones for the others; the colour of picture 3 is not known."""
    batch = colours.make(24, 0, batch_size=4).batch(0)
    attributes = torch.zeros(4, 8)
    attributes[[0, 1, 2], [0, 0, 1]] = 1  # red, red, green, nobody knows
    known = torch.ones(4, 8, dtype=torch.bool)
    known[3] = False
    tokens = torch.tensor([[5, 6], [5, 7], [5, 7], [5, 8]])
    batch = replace(batch, tokens=tokens, attributes=attributes, known=known)
    stated = torch.zeros(4, 8, dtype=torch.bool)
    stated[0, 0] = True
    assert matches(batch, stated).int().tolist() == [[1, 0, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1]]


def test_every_language_of_the_bank_is_spoken(colours):
    bank = AttributeBank(
        (Attribute(name="red", phrases={"zh": ["红色", "赤"], "en": ["crimson"], "de": []}),)
    )
    batch = colours.make(200, 0, batch_size=200).batch(0)
    batch = replace(batch, attributes=torch.ones(200, 1), known=torch.ones(200, 1, dtype=torch.bool))
    new = Rewording(colours.tokenizer, bank, 1.0, 0.0, SEED).batch(batch, 0)[0]
    # A small vocabulary writes Chinese byte by byte; captions beyond the limit are cut.
    assert {"red", "红色", "赤", "crimson"} == set(texts(colours, new))
    assert int(new.lengths.max()) <= colours.max_tokens


def test_only_what_fits_is_said(colours):
    """Two attributes, three tokens at most: the long name is cut only where it stands alone."""
    names = ("red", "a name that takes a lot of tokens")
    bank = AttributeBank(tuple(Attribute(name=name) for name in names))
    reword = Rewording(colours.tokenizer, bank, 1.0, 0.5, SEED)
    present = torch.ones(300, 2, dtype=torch.bool)
    tokens, lengths = torch.ones(300, 3, dtype=torch.int64), torch.full((300,), 3)
    made = reword(tokens, lengths, present, 0)
    assert int(made.lengths.max()) == 3
    assert {tuple(row) for row in made.stated.int().tolist()} == {(1, 0), (0, 1)}
    red = reword.phrases[0][0][0][0]
    assert torch.equal(made.stated[:, 0], (made.tokens == red).any(1))


def test_an_attribute_without_a_word_is_never_said(colours):
    mute = AttributeBank((*colours.bank.attributes, Attribute(name="+", count=1)))
    rewording = Rewording(colours.tokenizer, mute, 1.0, 0.0, SEED)
    if rewording.phrases[-1]:
        pytest.skip("this tokenizer has a token for it")
    batch = colours.make(40, 0).batch(0)
    present = torch.zeros(len(batch.tokens), len(mute), dtype=torch.bool)
    present[:, -1] = True
    captions = rewording(batch.tokens, batch.lengths, present, 0)
    assert torch.equal(captions.tokens, batch.tokens)
    assert not captions.stated.any()
