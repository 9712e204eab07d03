"""Attributes from captions."""

from __future__ import annotations

import random
import sys
import time
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admagan.data.mining import MiningReport, mine
from admagan.data.phrases import chunker, pattern_chunks
from admagan.errors import InputError

COLOURS = ["red", "navy blue", "green", "black"]
THINGS = ["hat", "t-shirt", "scarf", "bicycle"]


def chunks(caption: str) -> list[str]:
    return [" ".join(token.key for token in chunk) for chunk in pattern_chunks(caption)]


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A man riding a small red bicycle down a busy street.", ["man", "small red bicycle", "busy street"]),
        (
            "this bird has a yellow crown, and a short pointed bill",
            ["bird", "yellow crown", "short pointed bill"],
        ),
        ("a blue T-shirt in a parking lot", ["blue tshirt", "parking lot"]),
        ("Nike Men's BR01 3HD Navy Blue Casual Shoes", ["nike man", "navy blue casual shoe"]),
        ("ein Mann mit rotem Hut", ["mann", "rotem hut"]),
        ("tall buildings, paintings", ["tall building", "painting"]),
        ("", []),
        ("!?… 12 🎩", []),
    ],
)
def test_noun_chunks(caption: str, expected: list[str]) -> None:
    assert chunks(caption) == expected


def wardrobe(pictures: int, captions: int) -> list[list[str]]:
    """Return captions of people who wear two coloured things, each naming one or both."""
    draw = random.Random(1)
    data = []
    for _ in range(pictures):
        worn = [f"{draw.choice(COLOURS)} {thing}" for thing in draw.sample(THINGS, 2)]
        data.append(
            [
                draw.choice(["a person wearing a {} and a {}", "someone with a {}, holding a {}"]).format(
                    *worn
                )
                for _ in range(captions)
            ]
        )
    return data


def phrases(report: MiningReport) -> list[str]:
    return [phrase.phrase for phrase in report.phrases]


def test_what_tells_pictures_apart_is_found() -> None:
    report = mine(wardrobe(400, 2), most=64, threshold=5, miner="pattern")
    found = phrases(report)
    for thing in THINGS:
        assert thing in found
        for colour in COLOURS:
            assert f"{colour} {thing}" in found
    assert report.extractor == "pattern"
    assert report.pictures == 400
    aliases = {phrase.phrase: phrase.aliases for phrase in report.phrases}
    assert aliases["navy blue"] == ("blue", "navy")
    assert not {"blue hat", "navy", "hat scarf", "wearing"} & set(found)


def test_what_all_say_or_say_by_chance_ranks_last() -> None:
    draw = random.Random(2)
    captions = []
    for number in range(300):
        thing = THINGS[number % 4]
        captions.append([f"a {thing} in a room {draw.choice(['', 'of mystery'])}" for _ in range(6)])
    report = mine(captions, most=10, threshold=5, miner="pattern")
    bits = {phrase.phrase: phrase.bits for phrase in report.phrases}
    assert set(phrases(report)[:4]) == set(THINGS)
    assert bits["hat"] == pytest.approx(0.811, abs=0.001)  # H(1/4)
    assert "room" not in bits
    assert bits["mystery"] < 0.2


def test_words_that_say_it_already_leave_no_phrase() -> None:
    captions = [[f"{colour} {thing}"] for colour in ("red", "green", "black") for thing in THINGS] * 10
    assert set(phrases(mine(captions, 50, 5, "pattern"))) == {"red", "green", "black", *THINGS}


def test_most_and_threshold_are_kept() -> None:
    report = mine(wardrobe(100, 1), most=3, threshold=20, miner="pattern")
    assert len(report.phrases) == 3
    assert all(phrase.count >= 20 for phrase in report.phrases)
    assert mine([], 5, 1, "pattern").phrases == ()
    assert mine([[], ["", "..."]], 5, 1, "pattern").phrases == ()


@given(st.lists(st.lists(st.text(max_size=30), max_size=3), max_size=6))
def test_any_captions_can_be_mined(captions: list[list[str]]) -> None:
    report = mine(captions, most=8, threshold=1, miner="pattern")
    assert len(report.phrases) <= 8
    assert all(phrase.phrase for phrase in report.phrases)


def test_eight_thousand_captions_take_seconds() -> None:
    captions = wardrobe(8000, 1)
    start = time.process_time()
    mine(captions, most=512, threshold=10, miner="pattern")
    assert time.process_time() - start < 20


def test_spacy_is_asked_for_by_name_only_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setitem(sys.modules, "spacy.util", None)
    assert chunker("auto")[0] == "pattern"
    with pytest.raises(InputError, match=r"'\.\[mining\]'"):
        chunker("spacy")


def fake_spacy(models: list[str]) -> dict[str, ModuleType]:
    """Return modules that look as much like spacy as is used: a pipeline with one noun chunk a caption."""

    document = SimpleNamespace(noun_chunks=[SimpleNamespace(text=text) for text in ("The Red 3 Hats", "it")])
    empty = SimpleNamespace(noun_chunks=[])
    spacy, util = ModuleType("spacy"), ModuleType("spacy.util")
    util.get_installed_models = lambda: models  # type: ignore[attr-defined]
    spacy.util = util  # type: ignore[attr-defined]
    pipeline = SimpleNamespace(pipe=lambda texts: (document if "Hats" in text else empty for text in texts))
    spacy.load = lambda name, disable: pipeline  # type: ignore[attr-defined]
    return {"spacy": spacy, "spacy.util": util}


@pytest.mark.parametrize(
    ("models", "extractor"),
    [
        (["en_core_web_lg", "en_core_web_sm", "de_core_news_sm"], "spacy en_core_web_sm"),
        (["de_core_news_sm"], "pattern"),
    ],
)
def test_an_english_model_is_used_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, models: list[str], extractor: str
) -> None:
    for name, module in fake_spacy(models).items():
        monkeypatch.setitem(sys.modules, name, module)
    report = mine([["The Red 3 Hats"], ["The"]], most=9, threshold=1, miner="auto")
    assert report.extractor == extractor
    if extractor == "pattern":
        with pytest.raises(InputError, match="spacy download"):
            chunker("spacy")
    else:
        assert [(phrase.phrase, phrase.aliases) for phrase in report.phrases] == [
            ("red hats", ("hats", "red"))
        ]
