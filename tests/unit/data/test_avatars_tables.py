"""The tables of the avatars: complete, unambiguous, and licensed."""

from __future__ import annotations

from pathlib import Path

import pytest

from admagan.bank import AttributeBank
from admagan.data.sources.avatars.card import (
    PERMISSIVE,
    attribute_table,
    licence_table,
    licences,
    pair_list,
)
from admagan.data.sources.avatars.colours import distance
from admagan.data.sources.avatars.phrases import attributes, own_phrases
from admagan.data.sources.avatars.rendering import definition
from admagan.data.sources.avatars.tables import StyleTable, palettes, style_tables
from admagan.data.sources.avatars.vocabulary import LANGUAGES, vocabulary

ROOT = Path(__file__).resolve().parents[3]
by_source = pytest.mark.parametrize("table", style_tables(), ids=lambda table: table.source)


def test_there_are_enough_styles_and_attributes() -> None:
    assert len(style_tables()) >= 6
    assert len(vocabulary().entries) >= 120


@by_source
def test_every_variant_drawn_is_in_the_definition(table: StyleTable) -> None:
    components = definition(table.source)["components"]
    for choices in table.parts.values():
        for choice in choices:
            for component, variants in choice.draw.items():
                wanted = {variants} if isinstance(variants, str) else set(variants)
                assert wanted <= set(components[component]["variants"])


@by_source
def test_nothing_is_left_for_the_library_to_choose(table: StyleTable) -> None:
    """A component or colour that the table forgets would be drawn at random, and not be in the tags."""
    parsed = definition(table.source)
    for name in parsed["components"]:
        fixed = f"{name}Variant" in table.options or table.options.get(f"{name}Probability") == 0
        assert fixed or name in table.components(), name
    painted = {paint.paint for paint in table.paints} | {
        option.removesuffix("Color") for option in table.options if option.endswith("Color")
    }
    assert set(parsed["colors"]) <= painted
    assert "background" in painted


@pytest.mark.parametrize("palette", sorted(palettes().palettes))
def test_colours_of_one_name_are_nearest_to_each_other(palette: str) -> None:
    shades = palettes().palettes[palette]
    for name, colours in shades.items():
        others = [colour for other, shade in shades.items() if other != name for colour in shade]
        for colour in colours if others else []:
            strange = min(distance(colour, other) for other in others)
            assert strange > 0.09, (name, colour)
            assert max(distance(colour, own) for own in colours) < strange, (name, colour)


def test_colour_distance_is_that_of_oklab() -> None:
    assert distance("#000000", "#ffffff") == pytest.approx(1, abs=1e-4)
    assert distance("#ff0000", "#ff0000") == 0
    # red and green of sRGB, from the published coordinates (0.628, 0.225, 0.126) and (0.866, -0.234, 0.179)
    assert distance("#ff0000", "#00ff00") == pytest.approx(0.520, abs=2e-3)


def test_attributes_make_a_bank_and_names_mean_themselves() -> None:
    bank = AttributeBank(attributes())
    for number, name in enumerate(bank.names):
        assert bank.index(name) == number
    assert bank.names[bank.index("red beanie")] == "red hat"
    assert bank.label(bank.index("bald"), "zh") == "光头"


def test_every_attribute_has_phrases_in_both_languages() -> None:
    for attribute in attributes():
        entry = vocabulary().entries[attribute.name]
        for language in LANGUAGES:
            assert attribute.phrases[language][0] == own_phrases(entry, language)[0]
            assert len(set(attribute.phrases[language])) == len(attribute.phrases[language])
        assert all(phrase.isascii() for phrase in attribute.phrases["en"])
        assert all(any(ord(sign) > 0x3000 for sign in phrase) for phrase in attribute.phrases["zh"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a smiling woman with long red hair and round glasses",
            "smiling woman long-hair red-hair round-glasses glasses",
        ),
        ("a sad man with a blue hat", "sad man blue-hat hat"),
        ("a red beanie", "red-hat beanie hat"),
        ("no beard", "-beard"),
        ("红色长卷发", "red-hair long-hair curly-hair"),
        ("一个戴着蓝色帽子的男人，没有胡子", "man blue-hat hat -beard"),
        ("a cactus in an orange pot", "cactus orange-pot"),
        ("一个红头发的女人", "red-hair woman"),
        ("黑衣服，绿背景", "black-clothes green-background"),
        ("粉红色头发", "pink-hair"),
        ("不戴粉红的帽子", "-pink-hat -hat"),
        ("白色的花盆", "plant"),
        ("一个戴着黄色花环的女人", "flower-crown woman"),
    ],
)
def test_prompts_are_understood(text: str, expected: str) -> None:
    bank = AttributeBank(attributes())
    found = {
        ("-" if match.negated else "") + bank.names[match.index].replace(" ", "-")
        for match in bank.match(text)
    }
    assert found == set(expected.split())


def test_every_style_may_be_used_and_is_credited() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert {one.source for one in licences()} == {table.source for table in style_tables()}
    for one in licences():
        assert one.licence in PERMISSIVE
        assert one.author in notice
        assert one.licence in notice
        assert one.work in notice
        assert one.url in notice


def test_the_documentation_lists_what_the_tables_hold() -> None:
    text = (ROOT / "docs" / "avatars.md").read_text(encoding="utf-8")
    assert licence_table() in text
    assert attribute_table() in text
    assert pair_list() in text
