"""Which mentions a text denies: "without glasses", "no hat or beard", "没有胡子", "不戴眼镜"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

_Join = Literal["or", "and", "comma"] | None
_REACH = 72  # characters before a mention in which a negation is looked for


class Mention(NamedTuple):
    """Where a text names an attribute."""

    start: int
    end: int
    words: int
    """How many words name it; an adjective with its noun is two."""
    absent: bool = False
    """Whether the word itself denies it ("beardless")."""


# One word between negation and mention: an adjective, but nothing that begins a new statement.
_ADJECTIVE = (
    r"(?!(?:but|and|or|nor|with|without|who|that|which|while|in|on|is|are|has|have|just|only|longer|doubt)\b"
    r"|\w+ing\b)\w[\w'’]*[\s-]+"
)
_DETERMINERS = (
    r"(?:(?:a|an|any|the|his|her|their|its|some|kind|kinds|type|types|sort|of|pair|much|many|more)\s+)*"
)
_VERB = (
    r"(?:(?:(?:currently|really|even|ever|actually|always|usually)\s+)*"
    r"(?:be\s+)?(?:\w{2,}ing|have|has|had|got|wear|wears|worn|show|shows|include|includes|contain|contains|"
    r"need|want|grow|use|add|draw|with|in)\s+)?"
)
# A verb or preposition denies all that is coordinated with it; a determiner only what it stands at.
_WIDE = (
    r"(?:without|w/o|minus|lacks?|lacking|lacked|missing|free\s+of|free\s+from|devoid\s+of|absence\s+of|"
    r"instead\s+of|rather\s+than|except(?:\s+for)?|exclud(?:e|es|ing)|avoid(?:s|ing)?|omit(?:s|ting)?|removes?|"
    r"skip|leav(?:e|es|ing)\s+out|t(?:ake|akes|aken|aking|ook)\s+off|refus(?:e|es|ing)\s+to|never|not|cannot|\w+n['’]t|dont|doesnt|isnt|"
    r"ohne|sans|pas\s+de|pas\s+d['’]|sin|senza|sem|zonder|без|нет|bez|uden|utan|uten)"
)
_NARROW = r"(?:no|nobody|zero|neither|nor|non|kein(?:e|en|er|em)?|geen|ning[uú]na?)"
_LIVE = r"(?:(?:live|lives|go|goes|do|does|be|seen)\s+)*"  # between two negations: "never seen without"
_ENGLISH = re.compile(
    rf"(?<![\w'’])(?P<double>(?:not|never|cannot|\w+n['’]t)\s+{_LIVE})?(?:(?P<wide>{_WIDE})|{_NARROW})(?:\s+|-)"
    rf"(?!(?:only|just|merely|longer|doubt|matter|surprise)\b){_VERB}{_DETERMINERS}(?:{_ADJECTIVE}){{0,2}}$",
    re.IGNORECASE,
)
_ITEM = r"(?:(?:a|an|any|the|his|her|their)\s+)?"
_UNNAMED = r"(?:(?!(?:but|with|wearing|has|have|is|are)\b)\w+\s*){1,3}"  # an item that the bank does not know
_COMMA = re.compile(rf"\s*,\s*{_ITEM}", re.IGNORECASE)
_OR = re.compile(
    rf"(?:\s*,\s*{_UNNAMED})*\s*(?:,\s*)?(?:\bor\b|\bnor\b|/)\s*{_ITEM}(?:{_ADJECTIVE}){{0,2}}", re.IGNORECASE
)
_AND = re.compile(rf"(?:\s*,\s*{_UNNAMED})*\s*(?:,\s*)?\band\b\s+{_ITEM}", re.IGNORECASE)

_FILLER = (
    r"(?:任何|什么|一?[顶頂副条條双雙个個件只隻点點些]|佩?[戴带帶]|[穿留长長系繫背拿]|着|著|过|過|了|有|"
    r"[能会會再画畫加]|可以|出现|出現|包含|.{1,2}色的?|[大小长長短圆圓方黑白红紅蓝藍绿綠黄黃灰粉紫]的?)*"
)
_CHINESE = re.compile(
    rf"(?:[没沒](?!错|錯)有?|[无無未]|不(?:[戴带帶穿留是要系繫背拿露长長有]|想要|需要|应有|含|包括)|"
    rf"别[戴带穿要]|別[戴帶穿要]|非(?!常)|去掉|去除|缺少|少了|除去|禁止|避免|[摘脱脫取][掉下]了?|不){_FILLER}$"
)
_CHINESE_JOIN = re.compile(r"\s*[、和与與及跟或](?:者|是)?\s*")
_AFTER = re.compile(
    r"[\s-]*free\b(?!\s+(?:of|from)\b)|\s+(?:(?:is|are|was|were)\s+)?(?:off\b(?![\s-]+(?:white|the|to)\b)|"
    r"removed\b|missing\b|absent\b)|\s*(?:不要|没有|沒有|没了|沒了|除外)(?=\s*(?:$|[,.;!，。；！、]))|\s*[:：=]\s*(?:no|none|false|0|无|無|没有|否)\b|"
    r"\s*(?:が|は|も|の)?\s*(?:なし|無し|ない|無い)|\s*を\w{0,6}ない|\s*(?:이|가|은|는)?\s*없",
    re.IGNORECASE,
)


class _Cluster(NamedTuple):
    """Mentions that share words, and are denied together ("no long red hair")."""

    start: int
    end: int
    words: int
    members: range


def negated_mentions(text: str, mentions: Sequence[Mention]) -> list[bool]:
    """Return for each mention, in reading order, whether `text` denies it.

    A negation reaches the first mention after it, and on through a list that "or" closes. "And" carries it on
    after "without" or a verb ("without hat and glasses"), but neither after the word "no" nor to a noun with
    its own adjective ("without a beard and red hair"). "But", a comma alone or the end of a sentence stop it.
    """
    clusters = _clusters(mentions)
    gaps = [text[max(left.end, right.start - _REACH) : right.start] for left, right in pairwise(clusters)]
    joins = [_join(gap) for gap in gaps]
    closing = _closing(joins)
    denied: list[bool] = []
    denies = wide = False
    for number, cluster in enumerate(clusters):
        gap = gaps[number - 1] if number else text[max(0, cluster.start - _REACH) : cluster.start]
        direct = _direct(gap)
        if direct is not None:
            denies, wide = direct
        elif denies:
            denies = number > 0 and _carried(joins[number - 1], closing[number], wide, cluster.words)
        for mention in mentions[cluster.members.start : cluster.members.stop]:
            after = _AFTER.match(text, mention.end, mention.end + 24) is not None
            denied.append(mention.absent or denies or after)
    return denied


def _clusters(mentions: Sequence[Mention]) -> list[_Cluster]:
    clusters: list[_Cluster] = []
    for number, mention in enumerate(mentions):
        if clusters and mention.start < clusters[-1].end:
            last = clusters.pop()
            end, most = max(last.end, mention.end), max(last.words, mention.words)
            clusters.append(_Cluster(last.start, end, most, range(last.members.start, number + 1)))
        else:
            clusters.append(_Cluster(mention.start, mention.end, mention.words, range(number, number + 1)))
    return clusters


def _direct(gap: str) -> tuple[bool, bool] | None:
    """Return whether a negation at the end of `gap` denies what follows, and whether it is a wide one."""
    if _CHINESE.search(gap):
        return True, True
    found = _ENGLISH.search(gap)
    if found is None:
        return None
    return found["double"] is None or found["wide"] is None, found["wide"] is not None


def _join(gap: str) -> _Join:
    if _CHINESE_JOIN.fullmatch(gap) or _OR.fullmatch(gap):
        return "or"
    if _AND.fullmatch(gap):
        return "and"
    return "comma" if _COMMA.fullmatch(gap) else None


def _closing(joins: Sequence[_Join]) -> list[_Join]:
    """Return for each mention the word that closes the list it begins or goes on, if any."""
    closing: list[_Join] = [None]
    for join in reversed(joins):
        closing.append(closing[-1] if join == "comma" else join)
    return closing[::-1]


def _carried(join: _Join, closing: _Join, wide: bool, word_count: int) -> bool:
    """Return whether a negation of the mention before also denies this one."""
    if join == "comma":
        join, word_count = closing, 1
    return join == "or" or (join == "and" and wide and word_count == 1)
