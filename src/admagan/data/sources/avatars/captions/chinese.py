"""Captions in Chinese."""

from __future__ import annotations

import random

from admagan.data.sources.avatars.captions.chinese_parts import ADD, Parts
from admagan.data.sources.avatars.captions.plan import Caption, Teller
from admagan.data.sources.avatars.sampling import Drawing

_FRAMES = ("画{}", "请画{}", "头像：{}", "卡通头像，{}", "一张头像，{}", "我想要{}", "图中是{}")
_POLITE = ("女士", "男士", "女子", "男子", "女生", "男生")
_WITHOUT = {
    "glasses": ("没有戴眼镜", "没戴眼镜", "不戴眼镜"),
    "hat": ("没有戴帽子", "没戴帽子", "不戴帽子"),
    "beard": ("没有胡子", "没有留胡子"),
    "horns": ("没有犄角",),
}


def tell(drawing: Drawing, rng: random.Random) -> Caption:
    """Return one caption."""
    teller = Teller(drawing, rng, "zh")
    form = rng.choices([_noun_phrase, _sentence, _list], [6, 2, 2])[0]
    parts = Parts(adjectives_fit=form is not _sentence)
    for facet in teller.facets():
        ADD[facet](teller, parts)
    missing = teller.missing()
    parts.missing = teller.pick(_WITHOUT[missing]) if missing else ""
    return teller.caption(form(teller, parts))


def _subject(teller: Teller, parts: Parts) -> str:
    """Return the noun for who or what is seen."""
    if parts.noun:
        return parts.colour + parts.noun
    entries = teller.seen("subject")
    gendered = [entry for entry in entries if entry.group == "gender"]
    return parts.colour + teller.say((gendered or entries)[0], "noun")


def _counted(teller: Teller, subject: str, kind: str = "一") -> str:
    """Return the number or pronoun with the measure word of `subject`."""
    tags = teller.drawing.tags
    if "monster" in tags:
        return f"{kind}只"
    if "plant" in tags:
        return f"{kind}个" if subject == "盆栽" else f"{kind}盆"
    return f"{kind}位" if subject in _POLITE and teller.chance(0.6) else f"{kind}个"


def _noun_phrase(teller: Teller, parts: Parts) -> str:
    subject = _subject(teller, parts)
    clauses = [clause for clause, _ in parts.pieces]
    teller.rng.shuffle(clauses)
    front = teller.rng.choices([0, 1, 2], [3, 5, 2])[0]
    before, after = clauses[:front], clauses[front:]
    if parts.missing:  # never before 、: what follows would be denied as well
        (after if before else before).append(parts.missing)
    before = [clause.replace("一头", "留着") for clause in before]
    attribute = "、".join(before).removesuffix("的") + "的" if before else ""
    adjective = f"{parts.adjective}的" if parts.adjective else ""
    text = _counted(teller, subject) + attribute + adjective + subject
    text = "，".join([text, *after])
    text = _on_background(teller, text, parts.background)
    if parts.style:
        return teller.pick(
            [f"{text}，{parts.style}风格", f"{parts.style}风格，{text}", f"{parts.style}风格的头像，{text}"]
        )
    return teller.pick(_FRAMES).format(text) if teller.chance(0.15) else text


def _on_background(teller: Teller, text: str, colour: str) -> str:
    if not colour:
        return text
    return teller.pick(
        [
            f"{text}，{colour}背景",
            f"{text}，背景是{colour}",
            f"{colour}背景上，{text}",
            f"{colour}的背景前，{text}",
        ]
    )


def _sentence(teller: Teller, parts: Parts) -> str:
    """Return a full sentence."""
    subject = _subject(teller, parts)
    clauses = [clause for clause, _ in parts.pieces] + ([parts.missing] if parts.missing else [])
    teller.rng.shuffle(clauses)
    first = _counted(teller, subject, "这") + subject
    text = first + "，".join(clauses) if clauses else "这是" + _counted(teller, subject) + subject
    if parts.background:
        text += f"，背景{teller.pick(['是', '为'])}{parts.background}"
    if parts.style:
        text += f"，{parts.style}风格"
    return text + "。"


def _list(teller: Teller, parts: Parts) -> str:
    """Return keywords between commas."""
    labels = [label for _, label in parts.pieces]
    labels += [parts.adjective] if parts.adjective else []
    labels += [f"{parts.background}背景"] if parts.background else []
    labels += [f"{parts.style}风格"] if parts.style else []
    teller.rng.shuffle(labels)
    if parts.colour or parts.noun or not labels or teller.chance(0.55):
        labels.insert(0, _subject(teller, parts))
    labels += [parts.missing] if parts.missing else []  # last, for the same reason
    return teller.pick(["，", "，", "、"]).join(labels)
