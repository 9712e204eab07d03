"""Which words of a prompt a model has learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tokenizers import Tokenizer

from admagan.bank.words import normalise_word, words
from admagan.runtime.tokenizer import PAD_ID, well_formed

Span = tuple[int, int]
"""First character, and one past the last."""

# Words that shape a sentence and name nothing that a picture could show.
_ENGLISH = """
a an the this that these those some any one of in on at by to from for with without and or but nor not no as is are be
was were has have having had do does who which whose it its he she they them his her their him i you we me my your there
here very so too also just please draw paint show make create generate give picture pictures image images photo
photograph portrait drawing wearing wear wears looking look looks like t s
never cannot neither none nobody zero off remove removes removed missing absent except instead rather avoid omit lack
lacks lacking free minus don't doesn't didn't isn't aren't wasn't weren't hasn't haven't won't can't shouldn't dont
doesnt isnt
"""
_CHINESE = (
    "的了着一个個和與与及跟或在有是这這那位名张張幅只隻条條件顶頂副请請画畫给給"
    "我你他她它们們带帶戴穿留朵棵枝盆不没沒无無也很都但要去掉除别別勿非摘脱脫"
)
_FUNCTION_WORDS = frozenset(map(normalise_word, [*_ENGLISH.split(), *_CHINESE]))


class ContentWords(NamedTuple):
    """The words of a text that could mean something, but for those that name attributes; each once, in order."""

    known: tuple[str, ...]
    unknown: tuple[str, ...]


def content_words(text: str, tokenizer: Tokenizer, named: Iterable[Span]) -> ContentWords:
    """Sort the words of `text` into those that a model has learned and those that mean nothing to it.

    Known is a word that is one token of the vocabulary: the training captions had it more than once. In scripts
    without spaces, characters in a row are one word.

    Args:
        text: The prompt.
        tokenizer: Of the model.
        named: Where the text names attributes.
    """
    tokens = _token_spans(text, tokenizer)
    covered = {position for start, end in named for position in range(start, end)}
    spans: dict[bool, list[Span]] = {True: [], False: []}
    for word in words(text):
        if word.text in _FUNCTION_WORDS or covered.intersection(range(word.start, word.end)):
            continue
        found = spans[_is_known(word.text, (word.start, word.end), tokens, tokenizer)]
        if found and found[-1][1] == word.start and word.joined:
            found[-1] = (found[-1][0], word.end)
        else:
            found.append((word.start, word.end))
    known, unknown = (
        tuple(dict.fromkeys(text[a:b].casefold() for a, b in spans[kind])) for kind in (True, False)
    )
    return ContentWords(known, unknown)


def _token_spans(text: str, tokenizer: Tokenizer) -> list[Span]:
    encoding = tokenizer.encode(well_formed(text))
    return [span for token, span in zip(encoding.ids, encoding.offsets, strict=True) if token != PAD_ID]


def _is_known(word: str, span: Span, tokens: list[Span], tokenizer: Tokenizer) -> bool:
    """Return whether one token covers the word, as it stands there or in its normal form."""
    start, end = span
    touching = [token for token in tokens if token[0] < end and token[1] > start]
    return len(touching) == 1 or len(_token_spans(word, tokenizer)) == 1
