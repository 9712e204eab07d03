"""Prompts to start from: written ones where the model knows their words, else made of its attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from admagan.bank import AttributeBank
from admagan.serve.engine import Engine, Request
from admagan.serve.page.parts import Example

SEED = 1
MOST = 12
LEAST_KNOWN = 0.75
"""Share of the written prompts that must name an attribute of the model; with fewer, none is shown."""

WRITTEN = {
    "en": (
        "a smiling woman with long red hair and round glasses",
        "a sad man with a blue hat",
        "a man with grey hair and sunglasses",
        "a happy blue monster",
        "a red tulip in a pot",
        "a voxel man with a black beard",
    ),
    "zh": (
        "一位戴眼镜的女子，棕色头发",
        "一个戴着蓝色帽子的男人",
        "一个粉色头发的女孩，绿色背景",
        "一个开心的绿色怪物",
        "一盆红色的郁金香",
        "一个有胡子的男人，不戴眼镜",
    ),
}


def example_prompts(bank: AttributeBank, languages: Sequence[str]) -> list[Example]:
    """Return up to 12 examples, without pictures; none where the model knows no attributes."""
    known = [language for language in WRITTEN if language in languages] or ["en"]
    written = [Example(prompt, language, SEED) for language in known for prompt in WRITTEN[language]]
    understood = [one for one in written if bank.match(one.prompt)]
    return understood if len(understood) >= LEAST_KNOWN * len(written) else _of_attributes(bank, known)


async def with_pictures(engine: Engine, shown: Sequence[Example]) -> list[Example]:
    """Return the examples with the picture that their prompt and seed give, asked for one by one: users come first.

    Raises:
        Refused: The engine has too much to do.
    """
    made = []
    for one in shown:
        result = await asyncio.wrap_future(engine.submit(Request(one.prompt, 1, one.seed)))
        made.append(replace(one, picture=result.images[0]))
    return made


def _of_attributes(bank: AttributeBank, languages: Sequence[str]) -> list[Example]:
    """Return prompts of an attribute of each of the two best known groups, the most frequent first, each once."""

    def frequency(index: int) -> int:
        return bank.attributes[index].count

    groups = [sorted(indices, key=frequency, reverse=True) for indices in bank.groups.values()]
    groups.sort(key=lambda indices: sum(map(frequency, indices)), reverse=True)
    prompts: dict[str, str] = {}
    for number in range(max(map(len, groups[:2]), default=0)):
        language = languages[number % len(languages)]
        named = [bank.label(indices[number % len(indices)], language) for indices in groups[:2]]
        prompts.setdefault(", ".join(named), language)
    return [Example(prompt, language, SEED) for prompt, language in list(prompts.items())[:MOST]]
