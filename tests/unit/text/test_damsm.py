"""Text and image encoder trained together: what they learn, and that they learn it again the same way."""

from __future__ import annotations

import math

import pytest
import torch

from admagan.errors import InputError
from admagan.losses.alignment import same_rows
from admagan.networks.image_encoder import ImageEncoder
from admagan.schema.text import TextTrainingSettings
from admagan.training.damsm import (
    Damsm,
    fit_damsm,
    learning_rate_at,
    recognition_score,
    retrieval_scores,
)
from admagan.training.rewording import Rewording
from admagan.training.sentences import phrase_embeddings, sentence_embeddings

CPU = torch.device("cpu")
TINY = TextTrainingSettings(
    images=2_560, batch_size=32, image_width=8, image_size=32, flip=False, learning_rate=5e-3, word_weight=1.0
)


def reworded(colours, settings: TextTrainingSettings = TINY) -> Rewording:
    return Rewording(colours.tokenizer, colours.bank, settings.reworded, settings.filler, seed=0)


def trained(colours, settings: TextTrainingSettings = TINY) -> Damsm:
    torch.manual_seed(0)
    model = Damsm(colours.config, settings, len(colours.bank))
    fit_damsm(model, colours.make(240, 0), reworded(colours, settings), CPU)
    return model


@pytest.fixture(scope="module")
def model(colours) -> Damsm:
    return trained(colours)


@pytest.mark.parametrize(("size", "given"), [(32, 32), (64, 64), (64, 32), (64, 128), (128, 128)])
def test_image_encoder_gives_one_feature_and_64_regions(size, given):
    features = ImageEncoder(20, attributes=5, width=4, size=size)(torch.rand(2, 3, given, given))
    assert features.image.shape == (2, 20)
    assert features.regions.shape == (2, 64, 20)
    assert features.attributes.shape == (2, 5)


def test_regions_are_places_of_the_picture_row_by_row():
    torch.manual_seed(0)
    encoder = ImageEncoder(16, width=8, size=64).eval()
    plain, changed = torch.zeros(2, 1, 3, 64, 64)
    changed[..., 2 * 8 + 4, 5 * 8 + 4] = 3.0
    difference = (encoder(plain).regions - encoder(changed).regions).abs().sum(2)[0].detach()
    assert int(difference.argmax()) == 2 * 8 + 5
    assert difference[7 * 8] == 0


def test_image_features_are_float32_under_autocast():
    with torch.autocast("cpu", torch.bfloat16):
        features = ImageEncoder(8, attributes=2, width=4, size=32)(torch.rand(2, 3, 32, 32))
    assert features.image.dtype == features.regions.dtype == features.attributes.dtype == torch.float32


def test_retrieval_is_learned_clearly_above_chance(colours, model):
    """24 kinds of pictures that differ in colour, shape and place: chance is 1 in 24 at best."""
    scores = retrieval_scores(model, colours.make(96, seed=1), CPU)
    assert scores["images"] == scores["candidates"] == 96
    untrained = retrieval_scores(
        Damsm(colours.config, TINY, len(colours.bank)), colours.make(96, seed=1), CPU
    )
    for direction in ("caption_recall_at_1", "image_recall_at_1"):
        assert scores[direction] > 0.1 > 2 * untrained[direction]


def test_a_picture_finds_its_colour(colours, model):
    data = colours.make(96, seed=1)
    batch = data.plain(range(96))
    phrases = phrase_embeddings(model.text, colours.tokenizer, colours.bank)[:6]
    with torch.no_grad():
        images = model.eval().image(batch.images).image
    found = torch.cosine_similarity(images[:, None], phrases[None], dim=2).argmax(1)
    assert (found == batch.attributes[:, :6].argmax(1)).float().mean() > 0.5


def test_training_is_the_same_again(colours, model):
    short = TINY.model_copy(update={"images": 160})
    first, second = trained(colours, short).state_dict(), trained(colours, short).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_words_have_their_weight_or_are_left_out(colours):
    batch = colours.make(40, 0).batch(0)
    terms = []
    for weight in (0.0, 1.0, 3.0):
        torch.manual_seed(0)
        settings = TINY.model_copy(update={"word_weight": weight, "attribute_weight": weight})
        model = Damsm(colours.config, settings, len(colours.bank))
        torch.manual_seed(1)
        found = model(batch, same_rows(batch.tokens))
        terms.append({name: float(value.detach()) for name, value in found.items()})
    assert list(terms[0]) == ["sentence"]
    assert terms[0]["sentence"] == terms[1]["sentence"]
    assert terms[2]["words"] == pytest.approx(3 * terms[1]["words"])
    assert terms[2]["attributes"] == pytest.approx(3 * terms[1]["attributes"])


def test_attributes_are_recognised_in_pictures_never_seen(colours, model):
    data = colours.make(96, seed=1)
    assert recognition_score(model, data, CPU) > 0.5
    blind = Damsm(colours.config, TINY.model_copy(update={"attribute_weight": 0.0}), len(colours.bank))
    assert recognition_score(blind, data, CPU) is None


def test_a_loss_that_is_not_finite_is_an_error_with_a_hint(colours):
    model = Damsm(colours.config, TINY, len(colours.bank))
    with torch.no_grad():
        model.text.embedding.weight.fill_(math.nan)
    with pytest.raises(InputError, match=r"step 0: expected a finite loss.*learning-rate"):
        fit_damsm(model, colours.make(40, 0), reworded(colours), CPU)


def test_learning_rate_rises_and_falls_to_nothing():
    rates = [learning_rate_at(step, 100) for step in range(100)]
    assert max(rates) == rates[4] == 1.0
    assert rates[:5] == sorted(rates[:5])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert 0 < rates[-1] < 0.001
    assert learning_rate_at(0, 1) == 1.0


def test_embeddings_know_no_dropout_and_no_neighbours(colours, model):
    samples = colours.make(50, seed=2).samples
    tokens, lengths = torch.from_numpy(samples.tokens), torch.from_numpy(samples.lengths)
    model.text.train()
    together = sentence_embeddings(model.text, tokens, lengths)
    assert model.text.training
    alone = torch.cat(
        [sentence_embeddings(model.text, t[None], n[None]) for t, n in zip(tokens, lengths, strict=True)]
    )
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)
    assert sentence_embeddings(model.text, tokens[:0], lengths[:0]).shape == (0, 64)


def test_phrases_become_rows_of_the_memory(colours, model):
    rows = phrase_embeddings(model.text, colours.tokenizer, colours.bank)
    assert rows.shape == (len(colours.bank), colours.config.sentence_dim)
    assert len({tuple(row.tolist()) for row in rows}) == len(rows)
    assert not rows.requires_grad
