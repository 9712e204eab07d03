"""Captions of the avatars: true, varied and well formed, in both languages."""

from __future__ import annotations

import re

import pytest

from admagan.bank import AttributeBank
from admagan.data.sources.avatars.captions import Caption, captions
from admagan.data.sources.avatars.grammar import chinese_hair, english_noun, with_article
from admagan.data.sources.avatars.phrases import attributes
from admagan.data.sources.avatars.sampling import Drawing, draw, picture_random

COUNT = 500


@pytest.fixture(scope="module")
def told() -> list[tuple[Drawing, list[Caption]]]:
    drawings = [draw(picture_random(11, index, "drawing")) for index in range(COUNT)]
    return [(one, captions(one, picture_random(11, index, "text"))) for index, one in enumerate(drawings)]


def is_english(caption: Caption) -> bool:
    return caption.text.isascii()


def test_captions_name_only_what_is_seen(told: list[tuple[Drawing, list[Caption]]]) -> None:
    for drawing, texts in told:
        for caption in texts:
            assert caption.named <= drawing.tags, caption
            assert not caption.denied & drawing.tags, caption
            assert caption.named or caption.denied, caption


def test_what_a_reader_finds_in_a_caption_is_in_the_tags(told: list[tuple[Drawing, list[Caption]]]) -> None:
    """Read with the bank, as prompts are read: nothing false, and nothing said that is not understood."""
    bank = AttributeBank(attributes())
    for drawing, texts in told:
        for caption in texts:
            matches = bank.match(caption.text)
            found = {bank.names[match.index] for match in matches if not match.negated}
            denied = {bank.names[match.index] for match in matches if match.negated}
            assert found <= drawing.tags, caption
            assert not denied & drawing.tags, caption
            assert caption.named <= found, caption
            assert caption.denied <= denied, caption


def test_four_english_and_two_or_three_chinese_all_different(
    told: list[tuple[Drawing, list[Caption]]],
) -> None:
    for _, texts in told:
        assert [is_english(caption) for caption in texts[:5]] == [True] * 4 + [False]
        assert len(texts) in (6, 7)
        assert len({caption.text for caption in texts}) == len(texts)


def test_captions_vary_in_length_and_deny_now_and_then(told: list[tuple[Drawing, list[Caption]]]) -> None:
    texts = [caption for _, of_one in told for caption in of_one]
    words = [len(caption.text.split()) for caption in texts if is_english(caption)]
    assert min(words) <= 3
    assert max(words) >= 18
    assert len({caption.text for caption in texts}) > 0.9 * len(texts)
    for english in (True, False):
        denials = [c for c in texts if c.denied and is_english(c) == english]
        assert 0.03 < len(denials) / len(texts) < 0.12


def test_english_is_well_formed(told: list[tuple[Drawing, list[Caption]]]) -> None:
    wrong = re.compile(
        r"\ba [aeiou](?!ne\b|ne-)|\ban [^aeiou]|\b(\w+) \1\b|  | ,|,,|\.\.|\b(a|an|the) (a|an|the)\b|\band,|"
        r"^\W|[{}_]|[,:]$| (and|with|wearing|in|on|of)[,.]?$"
    )
    for _, texts in told:
        for caption in texts[:4]:
            assert not wrong.search(caption.text), caption.text


def test_chinese_is_well_formed(told: list[tuple[Drawing, list[Caption]]]) -> None:
    wrong = re.compile(r"的的|，，|、、|[a-su-zA-SUW-Z{}_ ,.]|^[，、的]|[，、]$|色色|着着|一一|(.)风格\1风格")
    for _, texts in told:
        for caption in texts[4:]:
            assert not wrong.search(caption.text), caption.text


def test_noun_phrases() -> None:
    assert english_noun(["long", "orange"], "a beard") == "a long orange beard"
    assert english_noun(["orange"], "a hat") == "an orange hat"
    assert english_noun(["round"], "glasses") == "round glasses"
    assert with_article("one-eyed monster") == "a one-eyed monster"
    assert chinese_hair("红色", "长", "卷") == "红色长卷发"
    assert chinese_hair("红色", "", "", "的") == "红色的头发"
    assert chinese_hair("", "长", "波浪") == "波浪长发"
