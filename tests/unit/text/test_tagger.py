"""The tagger: words become attributes, probabilities mean what they say, and the stage is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from admagan.networks.text_encoder import TextEncoder
from admagan.runtime.tokenizer import encode_captions
from admagan.schema.text import TaggerSettings
from admagan.training import tagger as module
from admagan.training.rewording import Rewording
from admagan.training.sentences import sentence_embeddings
from admagan.training.tagger import Examples, examples_of, fit_tagger, train_tagger
from admagan.training.tagging import attribute_table, honest_scores

SETTINGS = TaggerSettings(captions=30_000, batch_size=50, hidden=32)


@pytest.fixture(scope="module")
def encoder(colours) -> TextEncoder:
    """Return an encoder as it was initialised: words leave their trace in it all the same."""
    torch.manual_seed(0)
    return TextEncoder(colours.config).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def tagger(colours, encoder):
    torch.manual_seed(0)
    train, held_out = (examples_of(colours.make(240, seed).samples, encoder) for seed in (0, 1))
    return fit_tagger(train, held_out, SETTINGS)


def probabilities(tagger, colours, encoder, *captions: str) -> np.ndarray:
    tokens, lengths = encode_captions(colours.tokenizer, captions, colours.max_tokens)
    sentences = sentence_embeddings(encoder, torch.from_numpy(tokens), torch.from_numpy(lengths))
    return tagger(sentences).sigmoid().numpy()


def test_words_become_attributes(colours, encoder, tagger):
    found = probabilities(tagger, colours, encoder, "a red disc left", "one more black square right")
    names = np.array(colours.bank.names)
    assert set(names[found[0] > 0.5]) == {"red", "disc"}
    assert set(names[found[1] > 0.5]) == {"black", "square"}


def test_what_a_caption_leaves_open_gets_its_frequency():
    """Sentence A is red in 3 of 4 pictures, B never; the colour of a quarter of them is not known."""
    torch.manual_seed(0)
    count = 400
    sentences = torch.zeros(count, 8)
    sentences[: count // 2, 0] = 0.05  # as small as an encoder's
    red = (torch.arange(count) % 4 < 3) & (sentences[:, 0] > 0)
    known = torch.arange(count) // 4 % 4 != 0
    lies = torch.where(known, red, ~red)
    examples = Examples(sentences, lies.float()[:, None], known[:, None])
    tagger = fit_tagger(examples, examples, SETTINGS)
    of_a, of_b = tagger(sentences[[0, -1]]).sigmoid().flatten().tolist()
    assert of_a == pytest.approx(0.75, abs=0.05)
    assert of_b < 0.05


def test_the_weights_that_do_best_on_held_out_captions_are_kept():
    """Labels are noise: whatever is learned of them is wrong elsewhere, so nothing should be kept of it."""
    torch.manual_seed(0)
    parts = [
        Examples(torch.randn(60, 16), torch.rand(60, 3).round(), torch.ones(60, 3, dtype=torch.bool))
        for _ in range(2)
    ]
    tagger = fit_tagger(*parts, TaggerSettings(captions=20_000, batch_size=50, hidden=64))
    assert float(parts[1].loss(tagger)) < 1.0
    assert float(parts[0].loss(tagger)) > 0.3


def test_other_forms_of_a_caption_have_its_attributes(colours, encoder):
    samples = colours.make(30, 0).samples
    reword = Rewording(colours.tokenizer, colours.bank, share=0.5, filler=0.3, seed=0)
    plain, several = examples_of(samples, encoder), examples_of(samples, encoder, reword, forms=3)
    assert len(several.sentences) == len(several.attributes) == len(several.known) == 90
    assert torch.equal(several.sentences[:30], plain.sentences)
    assert torch.equal(several.attributes[60:], plain.attributes)
    first, second = several.sentences[30:60], several.sentences[60:]
    assert not torch.equal(first, plain.sentences)
    assert not torch.equal(first, second)


def test_a_tagger_that_learned_from_other_forms_understands_bare_phrases_better(colours, encoder):
    """Captions say the colour before the shape, in a sentence; prompts are words in any order."""
    samples, held_out = colours.make(240, 0).samples, examples_of(colours.make(60, 1).samples, encoder)
    reword = Rewording(colours.tokenizer, colours.bank, share=0.5, filler=0.3, seed=0)
    prompts = [f"{shape} {colour}" for colour in colours.bank.names[:6] for shape in colours.bank.names[6:]]
    right = []
    for forms in (1, 5):
        torch.manual_seed(0)
        tagger = fit_tagger(examples_of(samples, encoder, reword, forms), held_out, SETTINGS)
        found = probabilities(tagger, colours, encoder, *prompts)
        right.append((found[:, :6].argmax(1) == np.arange(6).repeat(2)).mean())
    assert right[1] > max(0.9, right[0])


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_linear_tagger_and_one_without_attributes():
    examples = Examples(torch.randn(20, 4), torch.ones(20, 2), torch.ones(20, 2, dtype=torch.bool))
    linear = fit_tagger(examples, examples, TaggerSettings(captions=500, batch_size=50, hidden=0))
    assert (linear(examples.sentences) > 0).all()
    empty = Examples(examples.sentences, torch.ones(20, 0), torch.ones(20, 0, dtype=torch.bool))
    assert fit_tagger(empty, empty, SETTINGS)(examples.sentences).shape == (20, 0)


def test_every_caption_of_a_picture_has_its_attributes(colours, encoder):
    samples = colours.make(4, 0).samples
    several = type(samples)(
        samples.rows[:3],
        samples.tokens,
        samples.lengths,
        np.array([0, 1, 3, 4]),
        samples.attributes[:3],
        samples.known[:3],
    )
    examples = examples_of(several, encoder)
    assert examples.sentences.shape == (4, 64)
    assert torch.equal(examples.attributes, torch.from_numpy(samples.attributes[[0, 1, 1, 2]]))


def test_the_table_says_what_each_threshold_does():
    meant = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0]], float)
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], float)
    known = np.array([[1, 1, 1], [1, 1, 1], [0, 1, 1]], bool)
    rows = attribute_table(["a", "b", "c"], meant, labels, known, np.full(3, 0.5))
    assert rows["a"] == {"threshold": 0.5, "positives": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667}
    assert rows["b"] == {"threshold": 0.5, "positives": 1, "precision": 0.5, "recall": 1.0, "f1": 0.6667}
    assert rows["c"] == {"threshold": 0.5, "positives": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_honest_scores_do_not_profit_from_tuning_on_noise():
    random = np.random.default_rng(0)
    labels = (random.random((60, 40)) < 0.2).astype(float)
    noise, known = random.random((60, 40)), np.ones((60, 40), bool)
    assert honest_scores(noise, labels, known)["macro_f1"] < 0.4
    assert honest_scores(labels, labels, known) == {"precision": 1, "recall": 1, "f1": 1, "macro_f1": 1}
    assert honest_scores(labels[:1], labels[:1], known[:1])["f1"] == 1


def test_the_stage_is_kept_and_made_again_for_another_encoder(prepared, tmp_path, monkeypatch, colours):
    trainings = []
    fit = module.fit_tagger
    monkeypatch.setattr(module, "fit_tagger", lambda *a: trainings.append(1) or fit(*a))
    data = prepared()
    torch.manual_seed(0)
    config = data.settings.text.model_copy(update={"vocabulary": data.tokenizer.get_vocab_size()})
    encoder = TextEncoder(config).eval()
    tagger, thresholds = train_tagger(data, encoder, tmp_path / "tagger")
    again, same = train_tagger(prepared(), encoder, tmp_path / "tagger")
    assert len(trainings) == 1
    assert same == thresholds
    assert len(thresholds) == len(data.bank)
    assert all(torch.equal(again.state_dict()[name], tensor) for name, tensor in tagger.state_dict().items())

    report = json.loads((tmp_path / "tagger" / "report.json").read_text())["report"]
    assert report["captions"] == 20
    assert set(report["attributes"]) == set(data.bank.names)
    assert 0 <= report["prompts"]["recall"] <= 1
    assert set(report["scores"]) == {"precision", "recall", "f1", "macro_f1"}

    train_tagger(prepared(tagger={"captions": 2_500}), encoder, tmp_path / "tagger")
    assert len(trainings) == 2
    train_tagger(prepared(), TextEncoder(config).eval(), tmp_path / "tagger")
    assert len(trainings) == 3
