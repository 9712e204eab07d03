"""What a prompt is read as: attributes with source and strength, unknown words, and what is refused."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import ATTRIBUTES

from admagan.errors import InputError
from admagan.runtime.folder import ModelFolder, read_model_folder
from admagan.runtime.networks import Floats
from admagan.runtime.pipeline import AdmaGAN
from admagan.runtime.prompt import LONGEST_PROMPT, PromptReader, Reading, TooLongError, Understood

NAMES = [attribute.name for attribute in ATTRIBUTES]


class Guessing:
    """Networks whose classifier gives fixed probabilities, by name of the attribute."""

    def __init__(self, **probabilities: float) -> None:
        self.probabilities = np.array([probabilities.get(name.replace(" ", "_"), 0.01) for name in NAMES])

    def sentence(self, tokens: Any) -> Floats:
        assert (tokens > 0).all()  # no padding
        return np.full((1, 16), tokens.shape[1], np.float32)

    def logits(self, sentence: Floats) -> Floats:
        logits: Floats = np.log(self.probabilities / (1 - self.probabilities))[None].astype(np.float32)
        return logits

    def images(self, noise: Floats, sentence: Floats, attributes: Floats) -> Floats:
        raise NotImplementedError


@pytest.fixture
def folder(tiny_model: Path) -> ModelFolder:
    return read_model_folder(tiny_model)


def read(folder: ModelFolder, prompt: str, networks: Guessing | None = None, **options: Any) -> Reading:
    return PromptReader(folder, networks or Guessing()).read(prompt, **options)


def strengths(reading: Reading) -> dict[str, float]:
    """Return what is above zero; checks that vector and report agree."""
    by_name = dict(zip(NAMES, reading.strengths.tolist(), strict=True))
    assert all(
        by_name[attribute.name] == pytest.approx(attribute.strength) for attribute in reading.attributes
    )
    return {name: strength for name, strength in by_name.items() if strength}


@pytest.mark.parametrize(
    ("prompt", "present", "absent"),
    [
        ("a man with a blue hat and glasses", {"blue hat", "glasses"}, set()),
        ("a smiling man without glasses, no beard", {"smiling"}, {"glasses", "beard"}),
        ("红头发，没有胡子", {"red hair"}, {"beard"}),
        ("a man with a smile", {"smiling"}, set()),
    ],
)
def test_the_text_says(prompt: str, present: set[str], absent: set[str], folder: ModelFolder) -> None:
    reading = read(folder, prompt)
    assert strengths(reading) == dict.fromkeys(present, 1.0)
    assert {a.name for a in reading.attributes if not a.strength} == absent
    assert {(a.confidence, a.source) for a in reading.attributes} == {(1.0, "prompt")}


def test_options_win_over_the_text(folder: ModelFolder) -> None:
    reading = read(
        folder,
        "a man with glasses and a beard",
        attributes={"Blue Hats": 1, "beard": 0.5},
        negative=["glasses"],
    )
    assert strengths(reading) == {"blue hat": 1.0, "beard": 0.5}
    assert Understood("glasses", 0.0, 1.0, "option") in reading.attributes


@pytest.mark.parametrize(
    ("prompt", "options", "gone"),
    [
        ("a man with a blue hat", {"negative": ["hat"]}, {"hat", "blue hat"}),
        ("一个戴蓝色帽子的男人", {"attributes": {"hat": 0}}, {"hat", "blue hat"}),
        ("a man with a blue hat and a red beard", {"negative": ["blue hat"]}, {"blue hat"}),
    ],
)
def test_what_is_taken_away_takes_its_colour_with_it(
    prompt: str, options: dict[str, Any], gone: set[str]
) -> None:
    reading = AdmaGAN.load("avatars").read(prompt, **options)
    assert {a.name for a in reading.attributes if not a.strength} == gone


def test_what_is_asked_for_brings_what_it_is_a_kind_of() -> None:
    reading = AdmaGAN.load("avatars").read("a woman", attributes={"blue hat": 0.5})
    assert Understood("hat", 0.5, 1.0, "option") in reading.attributes
    said = AdmaGAN.load("avatars").read("a woman with a hat", attributes={"blue hat": 0.5})
    assert Understood("hat", 1.0, 1.0, "prompt") in said.attributes
    with pytest.raises(InputError, match="'hat': expected present, since 'blue hat' was asked for"):
        AdmaGAN.load("avatars").read("a woman", attributes={"blue hat": 1}, negative=["hat"])


@pytest.mark.parametrize(
    ("prompt", "present", "absent"),
    [
        ("a man with a red hat but no blue hat", {"red hat", "hat"}, {"blue hat"}),
        ("a smiling man, not laughing", {"smiling"}, {"laughing"}),
        ("戴红色帽子，不戴蓝色帽子", {"red hat", "hat"}, {"blue hat"}),
        ("红色的花", {"red flower", "flower"}, set()),
        ("戴红色花环的女人", {"flower crown", "woman"}, set()),
        ("长头发的女孩", {"long hair", "woman"}, set()),
        ("a monster with 3 eyes", {"three eyes", "monster"}, set()),
    ],
)
def test_what_is_affirmed_of_a_thing_holds(prompt: str, present: set[str], absent: set[str]) -> None:
    said = [a for a in AdmaGAN.load("avatars").read(prompt).attributes if a.source == "prompt"]
    assert {a.name for a in said if a.strength} == present | ({"man"} if " man" in prompt else set())
    assert {a.name for a in said if not a.strength} == absent


def test_nothing_is_guessed_that_no_picture_has_beside_what_was_said() -> None:
    reading = AdmaGAN.load("avatars").read("红色花盆里的绿色植物")
    assert {attribute.name for attribute in reading.attributes} == {"plant", "red pot"}


def test_the_hint_names_attributes_of_several_groups() -> None:
    with pytest.raises(InputError, match="person") as error:
        AdmaGAN.load("avatars").read("zzz")
    assert "style, flat" not in error.value.hint


def test_an_error_of_length_crosses_process_borders() -> None:
    error = pickle.loads(pickle.dumps(TooLongError(3000, 2000)))
    assert (str(error), error.most) == (str(TooLongError(3000, 2000)), 2000)


@pytest.mark.parametrize(
    ("prompt", "options"),
    [("a man", {"negative": ["red background"]}), ("a man without a red background", {})],
)
def test_what_is_denied_leaves_its_choice_open(prompt: str, options: dict[str, Any]) -> None:
    model = AdmaGAN.load("avatars")
    reading = model.read(prompt, **options)
    group = [i for i, a in enumerate(model.attributes.attributes) if a.group == "background"]
    red = model.attributes.index("red background")
    assert [bool(reading.is_open[index]) for index in group] == [index != red for index in group]
    drawn = [filled.strengths[group].sum() for filled in model.imagine(reading, 1, range(40))]
    assert sum(drawn) >= 36


@pytest.mark.parametrize(
    ("prompt", "not_guessed"),
    [
        ("a man with a blue hat", {"blue hair", "blue clothes"}),
        ("a man with a white hat", {"white hair"}),
        ("a man in a green t-shirt", {"green hair"}),
        ("a woman with a red shirt", {"red hair"}),
    ],
)
def test_the_colour_of_one_thing_is_not_guessed_of_others(prompt: str, not_guessed: set[str]) -> None:
    reading = AdmaGAN.load("avatars").read(prompt)
    assert not not_guessed & {attribute.name for attribute in reading.attributes}
    bank = AdmaGAN.load("avatars").attributes
    assert all(reading.is_open[bank.index(name)] for name in not_guessed)


def test_a_guess_that_training_pictures_bear_out_is_made() -> None:
    reading = AdmaGAN.load("avatars").read("a blue hat, spiky red hair")
    assert "person" in {a.name for a in reading.attributes if a.source == "classifier"}


def test_the_classifier_guesses_where_nothing_was_said(folder: ModelFolder) -> None:
    networks = Guessing(smiling=0.8, red_hair=0.7, black_hair=0.9, green_hat=0.95, beard=0.49)
    reading = read(folder, "a man with a blue hat", networks)
    # Of one group the likeliest; of the hats, of which something was said, none.
    assert strengths(reading) == {"blue hat": 1.0, "black hair": 1.0, "smiling": 1.0}
    guess = next(a for a in reading.attributes if a.name == "black hair")
    assert (guess.source, guess.confidence) == ("classifier", pytest.approx(0.9))


def test_a_denied_or_removed_attribute_is_not_guessed(folder: ModelFolder) -> None:
    networks = Guessing(beard=0.9, glasses=0.9)
    assert strengths(read(folder, "a man without a beard", networks, negative=["glasses"])) == {}


@pytest.mark.parametrize(
    ("prompt", "options"),
    [
        ("a man with red hair, no beard", {}),
        ("a man with brown hair, without a beard", {}),
        ("a bearded man with black hair", {"negative": ["beard"]}),
    ],
)
def test_no_kind_of_what_was_denied_is_guessed_or_left_open(prompt: str, options: dict[str, Any]) -> None:
    model = AdmaGAN.load("avatars")
    reading = model.read(prompt, **options)
    kinds = [index for index, name in enumerate(model.attributes.names) if name.endswith("beard")]
    assert len(kinds) > 5
    assert not reading.strengths[kinds].any()
    assert not reading.is_open[kinds].any()


def test_a_guess_needs_the_models_threshold_and_at_least_even_odds(folder: ModelFolder) -> None:
    thresholds = tuple(0.9 if name == "beard" else 0.2 for name in NAMES)
    tagger = folder.config.tagger.model_copy(update={"thresholds": thresholds})
    strict = replace(folder, config=folder.config.model_copy(update={"tagger": tagger}))
    networks = Guessing(beard=0.8, smiling=0.6, glasses=0.3)
    assert strengths(read(strict, "a man", networks)) == {"smiling": 1.0}


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("a man with glasses and a Zeppelin, two zeppelins", ("zeppelin", "zeppelins")),
        ("the sad woman in the picture", ()),
        ("戴着眼镜的恐龙", ("恐龙",)),
        ("un chapeau bleu, a hat", ("un", "chapeau", "bleu")),
        ("glasses 🦄 3", ("🦄",)),
        ("a man who doesn't have a beard, never sad", ()),
        ("但不要戴眼镜，去掉胡子", ()),
    ],
)
def test_words_that_mean_nothing_are_named(
    prompt: str, unknown: tuple[str, ...], folder: ModelFolder
) -> None:
    found = read(folder, prompt).unknown_words
    assert set(unknown) <= set(found) <= {*unknown, "two", "hat"}


def test_attributes_alone_are_a_sentence(folder: ModelFolder) -> None:
    reading = read(folder, "  ", attributes={"beard": 1, "glasses": 0.3, "blue hat": 0})
    assert reading.prompt == "beard, glasses"
    assert strengths(reading) == {"beard": 1.0, "glasses": pytest.approx(0.3)}


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("", "some words"),
        (" \n\t ", "some words"),
        ("x" * 100_000, f"at most {LONGEST_PROMPT:,} characters, found 100,000"),
        ("😀😀", "words that the model knows"),
        ("12345 !!", "words that the model knows"),
        ("борода и шляпа", r"trained in: en, zh\), found 'борода и шляпа'.*glasses, beard"),
        ("a man\x00", r"control characters, found U\+0000 at character 6"),
        ("\x1b[31mred hair", r"control characters, found U\+001B at character 1"),
        ("hat \ud800", r"U\+D800"),
        (None, "text, found NoneType"),
        (["hat"], "text, found list"),
    ],
)
def test_prompts_that_are_refused(prompt: Any, message: str, folder: ModelFolder) -> None:
    with pytest.raises(InputError, match=f"prompt: expected .*{message}"):
        read(folder, prompt)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attributes": {"glases": 1}}, "found 'glases'. Nearest: glasses"),
        ({"negative": ["bluehats"]}, None),
        ({"negative": ["zzz"]}, "attribute: .*'zzz'"),
        ({"attributes": {"beard": 1.5}}, "'beard': expected a strength from 0 to 1, found 1.5"),
        ({"attributes": {"beard": float("nan")}}, "'beard': expected a strength"),
        ({"attributes": {"beard": "1"}}, "'beard': expected a strength from 0 to 1, found '1'"),
        (
            {"attributes": {"beard": 1}, "negative": ["beards"]},
            "'beard': expected one strength, found both 1 and 0",
        ),
        (
            {"attributes": {"smile": 1, "smiling": 0.5}},
            "'smiling': expected one strength, found both 1 and 0.5",
        ),
        ({"attributes": {"smile": 1, "smiling": 1}}, None),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], message: str | None, folder: ModelFolder) -> None:
    if message is None:
        read(folder, "a man", **options)
    else:
        with pytest.raises(InputError, match=message):
            read(folder, "a man", **options)


def test_a_long_prompt_is_cut_for_the_sentence_but_read_to_its_end(folder: ModelFolder) -> None:
    reading = read(folder, "a man " * 100 + "with a beard")
    assert strengths(reading) == {"beard": 1.0}
    assert reading.sentence[0] == folder.config.text.max_tokens
