"""Which mentions a text denies: "without glasses", "no hat or beard", "没有胡子", "不戴眼镜"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

_Join = Literal["or", "and", "和", "comma"] | None
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
    r"(?!(?:but|and|or|nor|with|without|who|that|which|while|in|on|behind|under|beneath|below|"
    r"beside|is|are|has|have|just|only|longer|doubt)\b"
    r"|\w+ing\b)\w[\w'’]*[\s-]+"
)
_DETERMINERS = (
    r"(?:(?:a|an|any|the|his|her|their|its|some|kind|kinds|type|types|sort|of|pair|much|many|more)\s+)*"
)
_VERB = (
    r"(?:(?:currently|really|even|ever|actually|always|usually)\s+)*(?:be\s+)?"
    r"(?:(?:with|in)\s+|(?:(?:to\s+)?(?:\w{2,}ing|have|has|had|got|wear|wears|worn|show|shows|include|includes|"
    r"contain|contains|need|want|grow|use|add|draw|paint|give|let|make|put|see)\s+(?:(?:him|her|it|them|me)\s+)?){0,3})"
)
# A verb or preposition denies all that is coordinated with it; a determiner only what it stands at.
_WIDE = (
    r"(?:without|w/o|minus|lacks?|lacking|lacked|missing|free\s+of|free\s+from|devoid\s+of|absence\s+of|"
    r"no\s+(?:sign|trace)s?\s+of|(?:any|every)thing\s+but|g(?:et|ets|etting|ot)\s+rid\s+of|"
    r"hid(?:e|es|ing)(?=\s+(?:the|a|an|any|his|her|its|their)\b)|instead\s+of|rather\s+than|"
    r"except(?:\s+for)?|exclud(?:e|es|ing)|avoid(?:s|ing)?|omit(?:s|ting)?|removes?|skip|"
    r"leav(?:e|es|ing)\s+out|t(?:ake|akes|aken|aking|ook)\s+off|refus(?:e|es|ing)\s+to|"
    r"never|not|cannot|\w+n['’]t|dont|doesnt|isnt|ohne|sans|pas\s+de|pas\s+d['’]|sin|senza|sem|zonder|без|нет|bez|uden|utan|uten)"
)
# "No-show socks", "no nonsense", "no 1": of another kind, not without.
_NO = r"no(?!\s+(?:\d+|show|name|nonsense|offen[cs]e|fuss|frills|iron|slip)\b)"
_NARROW = rf"(?:{_NO}|nobody|zero|neither|nor|non|kein(?:e|en|er|em)?|geen|ning[uú]na?)"
_LIVE = r"(?:(?:live|lives|go|goes|do|does|be|seen)\s+)*"  # between two negations: "never seen without"
_ENGLISH = re.compile(
    rf"(?<![\w'’])(?P<double>(?:not|never|cannot|\w+n['’]t)\s+{_LIVE})?(?:(?P<wide>{_WIDE})|{_NARROW})(?:-|\s+"
    rf"(?!(?:only|just|merely|longer\s+than|doubt|matter|surprise|forget|overlook)\b)(?:longer\s+)?"
    rf"{_VERB}{_DETERMINERS}(?:{_ADJECTIVE}){{0,2}})$",
    re.IGNORECASE,
)
_ITEM = r"(?:(?:a|an|any|the|his|her|their)\s+)?"
_WORD = r"(?!(?:but|with|without|wearing|has|have|is|are|or|nor|and|in|on|at|by|from|of|behind|under)\b)\w+"
_UNNAMED = rf"{_ITEM}{_WORD}(?:\s+{_WORD}){{0,2}}"  # an item that the bank does not know
# Possessive (*+), or what can be read in several ways would be tried in all of them, again and again.
_MORE = rf"(?:\s*,\s*{_UNNAMED})*+"
_LIST = rf"{_MORE}\s*(?:,\s*)?"
_COMMA = re.compile(rf"\s*,\s*{_ITEM}", re.IGNORECASE)
_OR = re.compile(rf"{_LIST}(?:\bor\b|\bnor\b|/)\s*{_ITEM}(?:{_ADJECTIVE}){{0,2}}", re.IGNORECASE)
_AND = re.compile(rf"{_LIST}\band\b\s+{_ITEM}", re.IGNORECASE)
# A list whose last items the bank does not know: ", rings or jewelry".
_OR_END = re.compile(
    rf"{_LIST}\b(?:or|nor)\b\s+(?!(?:so|less|more|something|not)\b){_ITEM}{_WORD}", re.IGNORECASE
)
# A list whose first items the bank does not know: "no earrings or ", "without earrings, ".
_UNNAMED_FIRST = re.compile(
    r"(?<![\w'’])(?:(?P<wide>without|w/o|minus|lack(?:s|ing)|free\s+of|"
    r"(?:not|never|\w+n['’]t)\s+(?:wear(?:ing)?|hav(?:e|ing)))|no|neither)\s+(?!(?:longer|doubt)\b)"
    rf"{_UNNAMED}{_MORE}(?P<rest>(?:\s*[,/]|\s+(?:or|nor|and)\b).*)$",
    re.IGNORECASE | re.DOTALL,
)
_SIZES, _COLOURS = "大小圆圓方", "长長短黑白红紅蓝藍绿綠黄黃灰粉紫"
# What "and" does not bring to a list of things that are not there: who it is, and how they are.
_NO_THING = re.compile(
    r"(?:wo)?m[ae]n|boys?|girls?|lad(?:y|ies)|guys?|gentlem[ae]n|persons?|people|kids?|child(?:ren)?|(?:fe)?males?|"
    r"monsters?|\w+ing|bald|young|old|happy|sad|angry|surprised|"
    r"[男女老小]?[人孩]子?|[男女]士|女[子生郎]|男[子生]|先生|姑娘|怪[物兽]|"
    r"开心|高兴|快乐|[微大]?笑.?|难过|伤心|悲伤|生气|愤怒|惊讶|吃惊|年轻|年老|光头|秃头|"
    rf"(?:.{{1,2}}色|[{_SIZES}{_COLOURS}金银棕橙卷直]).+",
    re.IGNORECASE,
)

_FILLER = (
    r"(?:任何|什么|一?[顶頂副条條双雙个個件只隻点點些]|佩?[戴带帶]|[穿留长長系繫背拿]|着|著|过|過|了|有|"
    rf"[能会會再画畫加]|可以|出现|出現|包含|.{{1,2}}色的?|[{_SIZES}{_COLOURS}]的?)*+"
)
_DO_NOT = "(?<![特性区區分类類级級差])[别別勿]"
_CHINESE = re.compile(
    rf"(?:[没沒](?!错|錯)有?|[无無未]|不(?:[戴带帶穿留是要系繫背拿露长長有]|想要|需要|应有|含|包括)|"
    rf"(?:不要?|{_DO_NOT})再?[给給让讓叫帮幫][他她它我][们們]?|{_DO_NOT}再?[戴带帶穿要加画畫有留]|"
    rf"不(?:怎么|怎麼|太|常)[戴带帶穿]|非(?!常)|去掉|去除|缺少|少了|除去|禁止|避免|"
    rf"[摘脱脫取][掉下]了?|不(?!同)){_FILLER}$"
)
# "Her hair is not red": said of what stands before, not of what comes next.
_CHINESE_PREDICATE = re.compile(
    rf"(?<=[\u4e00-\u9fff])(?<![这那他她它并也都却就又])不是(?:.{{1,2}}色|[{_COLOURS}])的$"
)
_CHINESE_OR = re.compile(r"\s*或(?:者|是)?\s*")
_CHINESE_AND = re.compile(r"\s*[、和与與及跟]\s*")
_ENDS = r"(?=\s*(?:$|[,.;!?)，。；！、的]|(?:and|but|while)\b))"
_ELSEWHERE = r"(?=\s*(?:$|[,.;!?)]|(?:and|but|while|in|on|for|from|with|at|today|now|\w+ing)\b))"
_AFTER = re.compile(
    rf"-free\b|\s+free{_ENDS}|\s+(?:is|are|was|were)\s+(?:off\b(?!-|\s+(?:white|the|to)\b)|removed\b|missing\b|"
    rf"absent\b)|\s+(?:off|removed|missing|absent){_ELSEWHERE}|\s*(?P<all>[都也])?(?:不要|没有|沒有|没了|沒了|除外){_ENDS}|"
    r"[给給都]?(?:去掉|去除|[摘脱脫拿][掉下了]|[删刪]掉)(?=\s*(?:$|[,.;!，。；！、的了吧]))|"
    r"\s*[:：=]\s*(?:no|none|false|0(?![.\d])|无|無|没有|否)\b|"
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
    its own adjective ("without a beard and red hair"), a person or a state ("without a hat and smiling"). "But", a
    comma alone or the end of a sentence stop it.
    """
    clusters = _clusters(mentions)
    gaps = [text[max(left.end, right.start - _REACH) : right.start] for left, right in pairwise(clusters)]
    joins = [_join(gap) for gap in gaps]
    ends: list[_Join] = [
        "or" if _OR_END.match(text, cluster.end, cluster.end + _REACH) else None for cluster in clusters
    ]
    closing = _closing(joins, ends)
    all_denied = _all_denied(text, clusters, joins)
    denied: list[bool] = []
    denies = wide = False
    for number, cluster in enumerate(clusters):
        gap = gaps[number - 1] if number else text[max(0, cluster.start - _REACH) : cluster.start]
        predicate = _CHINESE_PREDICATE.search(text, max(0, cluster.start - _REACH), cluster.start)
        direct = None if predicate else _direct(gap)
        listed = None if direct else _unnamed_first(gap)
        if direct is not None:
            denies, wide = direct
        elif listed is not None or (denies and number > 0):
            join, wide = listed or (joins[number - 1], wide)
            denies = _carried(join, closing[number], wide, cluster.words, text[cluster.start : cluster.end])
        for mention in mentions[cluster.members.start : cluster.members.stop]:
            after = _AFTER.match(text, mention.end, mention.end + 24) is not None
            denied.append(mention.absent or denies or after or all_denied[number])
        denies, wide = _within(text[cluster.start : cluster.end]) or (denies, wide)
    return denied


@lru_cache(maxsize=1024)
def denies(before: str) -> bool:
    """Return whether a text denies what would come next, as "no " does in "no hair"."""
    return _direct(before) is not None


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


def _all_denied(text: str, clusters: Sequence[_Cluster], joins: Sequence[_Join]) -> list[bool]:
    """Return for each cluster whether what follows its list denies all of it: 帽子和胡子都没有."""
    denied: list[bool] = []
    for number in reversed(range(len(clusters))):
        end = clusters[number].end
        found = _AFTER.match(text, end, end + 24)
        goes_on = number < len(joins) and joins[number] == "和"
        denied.append((found is not None and found["all"] is not None) or (goes_on and denied[-1]))
    return denied[::-1]


def _direct(gap: str) -> tuple[bool, bool] | None:
    """Return whether a negation at the end of `gap` denies what follows, and whether it is a wide one."""
    if _CHINESE.search(gap):
        return True, True
    found = _ENGLISH.search(gap)
    if found is None:
        return None
    return found["double"] is None or found["wide"] is None, found["wide"] is not None


@lru_cache(maxsize=1024)
def _within(name: str) -> tuple[bool, bool] | None:
    """Return what `_direct` finds in a name itself: "no hair" is baldness, and goes on as "or beard"."""
    return next((found for end in range(1, len(name)) if (found := _direct(name[:end]))), None)


def _unnamed_first(gap: str) -> tuple[_Join, bool] | None:
    """Return how a list of what is denied, whose first items the bank does not know, goes on; and if it is wide."""
    found = _UNNAMED_FIRST.search(gap)
    join = _join(found["rest"]) if found else None
    return (join, found["wide"] is not None) if found and join else None


def _join(gap: str) -> _Join:
    if _CHINESE_OR.fullmatch(gap) or _OR.fullmatch(gap):
        return "or"
    if _CHINESE_AND.fullmatch(gap):
        return "和"
    if _AND.fullmatch(gap):
        return "and"
    return "comma" if _COMMA.fullmatch(gap) else None


def _closing(joins: Sequence[_Join], ends: Sequence[_Join]) -> list[_Join]:
    """Return for each mention the word that closes the list it begins or goes on, if any.

    Args:
        joins: What joins each mention but the last to the next.
        ends: What joins each mention to something that the bank does not know.
    """
    closing: list[_Join] = list(ends)
    for number in reversed(range(len(joins))):
        join = joins[number]
        closing[number] = (closing[number + 1] if join == "comma" else join) or ends[number]
    return closing


def _carried(join: _Join, closing: _Join, wide: bool, word_count: int, name: str) -> bool:
    """Return whether a negation of the mention before also denies this one, which the text calls `name`."""
    if join == "comma":
        join, word_count = closing, 1
    if join == "or":
        return True
    joined = join == "和" or (join == "and" and word_count == 1)
    return joined and wide and _NO_THING.fullmatch(name) is None
