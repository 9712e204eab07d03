"""Cut captions into noun chunks: with spacy's language model, or with an own light pattern matcher."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from admagan.bank.words import Word, normalise_word, words
from admagan.errors import InputError, missing_extra

Miner = Literal["auto", "pattern", "spacy"]


class Token(NamedTuple):
    """A word of a chunk."""

    key: str
    """Normalised; "t-shirt" is `tshirt`."""
    written: str
    """As in the caption, without case."""


Chunk = list[Token]
"""Modifiers and, as the last, the noun that they belong to."""
Chunker = Callable[[Iterable[str]], Iterator[list[Chunk]]]
"""Captions -> the chunks of each caption, in order."""

# Words that end a chunk: what binds words, what counts or points, and what says nothing about a picture.
_BREAKERS = frozenset(
    re.findall(
        r"\S+",
        """
        a an the this that these those some any each every all both no not another other such same several many few
        various different pair bunch couple group piece set kind type sort one two three four five six
        and or but nor with without of in on at to from by for as into onto over under above below behind beside
        between near next against along across around through inside outside upon off out up down while during
        than then there here where which who whom whose what when how why because although though if so
        i you he she it we they me him her us them my your his its our their itself himself herself themselves
        is are was were be been being am do does did have has had having can could will would may might must should
        very quite too also just only even still almost really more most less least much well together away
        sit sits sitting stand stands standing hold holds holding wear wears wearing ride rides riding walk walks
        walking look looks looking show shows showing shown contain contains containing feature features featuring
        lie lies lying play plays playing eat eats eating fly flies go goes going get gets getting take takes taking
        make makes made making use uses using carry carries carrying run runs running jump jumps jumping stare
        appear appears seem seems include includes including cover covers covered fill filled surround surrounded
        picture image photo photograph view shot close front back side top middle bottom left right end area part
        thing something someone day pack new
        der die das den dem des ein eine einen einem einer und oder mit ohne auf im von vom zu zum zur ist sind
        le la les un une des du de et ou avec sans sur dans est sont au aux qui
        el los las unos unas y o con sin en es del al que lo il gli uno una di da nel della e ed per su
        um os as em do no na com para het een van met op zonder
        """,
    )
)
_PARTICIPLE_NOUNS = re.compile(
    r"(?:\w*(?:build|cloth|morn|even|ceil|paint|earr|stock|legg|rail|awn|wedd|sl|w|k|r|th|spr|str|sw)ing)"
)
_WORD = re.compile(r"(?=..)[^\W\d_]+(?:['’\-‐‑][^\W\d_]+)*")
_HYPHENS = frozenset("-‐‑")


def chunker(miner: Miner = "auto") -> tuple[str, Chunker]:
    """Return how captions are cut ("spacy en_core_web_sm", "pattern") and what does it.

    Raises:
        InputError: `miner` is "spacy", and spacy or an English model of it is not installed.
    """
    model = None if miner == "pattern" else _spacy_model(required=miner == "spacy")
    if model is None:
        return "pattern", lambda captions: map(pattern_chunks, captions)
    return f"spacy {model}", lambda captions: _spacy_chunks(model, captions)


def pattern_chunks(caption: str) -> list[Chunk]:
    """Return the runs of content words between function words, verbs, numbers and punctuation.

    "A man riding a small red bicycle" gives [man], [small red bicycle]. Knows English, and the articles and
    prepositions of some western languages; a run's last word passes for its noun.
    """
    chunks: list[Chunk] = []
    chunk: Chunk = []
    for token, joined, starts_phrase in _compounds(caption):
        if not joined:
            chunks, chunk = [*chunks, chunk], []
        if _breaks(token, bool(chunk), starts_phrase):
            chunks, chunk = [*chunks, chunk], []
        else:
            chunk.append(token)
    return [chunk for chunk in [*chunks, chunk] if chunk]


def _compounds(caption: str) -> Iterator[tuple[Token, bool, bool]]:
    """Yield (word, whether only space parts it from the word before, whether a breaker was before it)."""
    after_breaker = False
    for group in _hyphenated(caption):
        written = caption[group[0].start : group[-1].end].casefold()
        token = Token(normalise_word("".join(word.text for word in group)), written)
        yield token, group[0].joined, after_breaker
        after_breaker = token.written in _BREAKERS


def _hyphenated(caption: str) -> Iterator[list[Word]]:
    """Yield the words, those that a hyphen joins together."""
    group: list[Word] = []
    for word in words(caption):
        if group and caption[group[-1].end : word.start] in _HYPHENS:
            group.append(word)
        else:
            if group:
                yield group
            group = [word]
    if group:
        yield group


def _breaks(token: Token, inside: bool, starts_phrase: bool) -> bool:
    """Return whether a word ends the chunk; "-ing" does, except after an article ("a parking lot")."""
    if token.written in _BREAKERS or not _WORD.fullmatch(token.written):
        return True
    if token.written.endswith("ly") and len(token.written) > 5:
        return True
    verb = token.written.endswith("ing") and not _PARTICIPLE_NOUNS.fullmatch(token.written)
    return verb and (inside or not starts_phrase)


def _spacy_model(required: bool) -> str | None:
    """Return the name of an installed English model, the smallest; None where there is none."""
    try:
        import spacy.util
    except ImportError as error:
        if required:
            raise missing_extra("spacy", "mining", "noun phrases of captions") from error
        return None
    models = sorted(name for name in spacy.util.get_installed_models() if name.startswith("en_"))
    if not models and required:
        raise InputError(
            "bank.miner",
            "an English language model of spacy",
            "none installed",
            "Run: python -m spacy download en_core_web_sm",
        )
    return min(models, key=lambda name: (not name.endswith("_sm"), name)) if models else None


def _spacy_chunks(model: str, captions: Iterable[str]) -> Iterator[list[Chunk]]:
    import spacy

    for document in spacy.load(model, disable=["ner", "lemmatizer"]).pipe(captions):
        yield [chunk for span in document.noun_chunks if (chunk := _content_words(span.text))]


def _content_words(text: str) -> Chunk:
    """Return the words of a noun chunk without articles, numbers and pronouns."""
    tokens = (token for token, _, _ in _compounds(text))
    return [token for token in tokens if token.written not in _BREAKERS and _WORD.fullmatch(token.written)]
