"""What a prompt says: its sentence embedding, its attributes and what was not understood."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from admagan.bank import AttributeBank, Match
from admagan.errors import InputError
from admagan.runtime.folder import ModelFolder
from admagan.runtime.networks import Floats, Networks
from admagan.runtime.tokenizer import encode_captions
from admagan.runtime.words import content_words
from admagan.schema.base import shorten

LONGEST_PROMPT = 2_000
"""Characters."""
LEAST_CONFIDENCE = 0.5
"""Of the classifier's guesses: one that is more likely wrong than right is not made, whatever the model's threshold."""
ENOUGH_EXAMPLES = 30
"""Of an attribute: what none of so many has beside it is not guessed beside it."""
SHOWN = 6
"""Attributes that a message lists, each of another group."""
SURE = 0.9
"""Where a text says nothing but attributes, and none of the model's examples has them, a guess is made from this
confidence on."""

Source = Literal["prompt", "classifier", "option"]


class TooLongError(InputError):
    """A prompt has more characters than are read."""

    def __init__(self, characters: int, most: int) -> None:
        super().__init__("prompt", f"at most {most:,} characters", f"{characters:,}")
        self.characters = characters
        self.most = most

    def __reduce__(self) -> tuple[type[TooLongError], tuple[int, int]]:  # type: ignore[override]
        """Pickle by both numbers."""
        return (type(self), (self.characters, self.most))


@dataclass(frozen=True)
class Understood:
    """An attribute that a picture is told to have, or not to have."""

    name: str
    """As the model's bank calls it."""
    strength: float
    """From 0 (absent) to 1."""
    confidence: float
    """From 0 to 1: 1 for what is said, the classifier's probability for what it guesses."""
    source: Source
    """prompt: the text names it; classifier: the sentence suggests it; option: it was asked for apart from the text."""


@dataclass(frozen=True)
class Reading:
    """A prompt as the generator gets it, and how that came about."""

    prompt: str
    sentence: Floats
    """e_s (d,)."""
    strengths: Floats
    """y (n,), each from 0 to 1."""
    attributes: tuple[Understood, ...]
    """In the order of the bank."""
    unknown_words: tuple[str, ...]
    """Words that the model has not learned: they change next to nothing."""
    probabilities: NDArray[np.float64]
    """(n,), from 0 to 1: the strength of what was said, the classifier's probability of all else."""
    is_said: NDArray[np.bool_]
    """(n,): which attributes the text or an option names, be it to deny them."""
    is_open: NDArray[np.bool_]
    """(n,): which attributes were neither said nor guessed, and are not ruled out by what was."""


class PromptReader:
    """Reads prompts for one model: phrase matching first, then the classifier, then what was asked for explicitly."""

    def __init__(self, folder: ModelFolder, networks: Networks) -> None:
        self.folder = folder
        self.networks = networks
        thresholds = folder.config.tagger.thresholds
        self._thresholds = np.maximum(thresholds or [0.0] * len(folder.bank), LEAST_CONFIDENCE)

    def read(
        self, prompt: str, attributes: Mapping[str, float] | None = None, negative: Sequence[str] = ()
    ) -> Reading:
        """Read a prompt.

        Args:
            prompt: A sentence. May be empty where attributes are given: they are then the sentence.
            attributes: Name -> strength from 0 to 1; wins over the prompt.
            negative: Names of attributes that must be absent; wins over the prompt.

        Raises:
            InputError: The prompt is empty, too long, not text or wholly unknown to the model; an attribute is unknown,
                its strength out of range, or it is both wanted and not wanted.
        """
        bank = self.folder.bank
        asked = asked_for(bank, attributes or {}, negative)
        prompt = checked_prompt(prompt) or ", ".join(
            bank.names[i] for i, strength in asked.items() if strength > 0
        )
        if not prompt:
            raise InputError("prompt", "some words", "none", 'For example: "a man with a hat".')
        matches = bank.match(prompt)
        words = content_words(prompt, self.folder.tokenizer, [(match.start, match.end) for match in matches])
        if not (matches or asked or words.known):
            raise self._nothing_understood(prompt)
        sentence = self._sentence(prompt)
        probabilities = self._probabilities(sentence)
        told = _told(bank, matches, asked)
        is_denied = bank.kinds_of({index for index, one in told.items() if one.strength == 0})
        allowed = self._seen_together if words.known else self._borne_out
        may_guess = ~is_denied & allowed(told, probabilities)
        understood = self._suggested(probabilities, told, may_guess) | told
        strengths = np.zeros(len(bank), np.float32)
        for index, one in understood.items():
            strengths[index] = one.strength
        is_said = np.zeros(len(bank), np.bool_)
        is_said[list(told)] = True
        there = set(np.flatnonzero(strengths).tolist())
        return Reading(
            prompt=prompt,
            sentence=sentence[0],
            strengths=strengths,
            attributes=tuple(understood[index] for index in sorted(understood)),
            unknown_words=words.unknown,
            probabilities=np.where(is_said, strengths, probabilities),
            is_said=is_said,
            is_open=~(bank.with_rivals(there) | is_said | is_denied),
        )

    def _sentence(self, prompt: str) -> Floats:
        """Return e_s, (1, d)."""
        tokens, lengths = encode_captions(self.folder.tokenizer, [prompt], self.folder.config.text.max_tokens)
        return self.networks.sentence(tokens[:, : lengths[0]])

    def _probabilities(self, sentence: Floats) -> NDArray[np.float64]:
        """Return what the classifier gives every attribute, (n,)."""
        if not len(self.folder.bank):
            return np.zeros(0)
        probabilities: NDArray[np.float64] = 1 / (
            1 + np.exp(-self.networks.logits(sentence)[0].astype(np.float64))
        )
        return probabilities

    def _seen_together(
        self, told: Mapping[int, Understood], probabilities: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return (n,) bool: what some training picture has beside each single attribute that was told.

        No plant is a woman, however much "a plant in a red pot" may sound like her.
        """
        examples = self.folder.examples
        likely = probabilities >= LEAST_CONFIDENCE  # the rest need not be looked at
        for index, one in told.items():
            rows = np.flatnonzero(examples[:, index])
            if one.strength > 0 and len(rows) >= ENOUGH_EXAMPLES:
                likely[likely] = examples[np.ix_(rows, likely)].any(0)
        return likely

    def _borne_out(
        self, told: Mapping[int, Understood], probabilities: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return (n,) bool: what most of the training pictures have that have what was told.

        Of a text that says nothing but attributes the classifier knows no more than these pictures do, but it gives the
        colour of one thing to others: to a man with a blue hat, blue hair.
        """
        examples = self.folder.examples
        if not len(examples):
            return np.ones(len(probabilities), np.bool_)
        fits = np.ones(len(examples), np.bool_)
        for index, one in told.items():
            fits &= examples[:, index] == (one.strength > 0)
        if not fits.any():
            return probabilities >= SURE
        likely = probabilities >= LEAST_CONFIDENCE  # the rest need not be counted
        likely[likely] = examples[np.ix_(fits, likely)].mean(0) >= LEAST_CONFIDENCE
        return likely

    def _suggested(
        self, probabilities: NDArray[np.float64], told: Iterable[int], may_guess: NDArray[np.bool_]
    ) -> dict[int, Understood]:
        """Return what the classifier finds likely, of what `may_guess` (n,) allows.

        The attributes of one group mostly exclude each other: of each group only the likeliest is taken, and none where
        something was said of the group.
        """
        bank = self.folder.bank
        taken = bank.choices_of(told)
        suggested = {}
        for index in np.argsort(-probabilities, kind="stable").tolist():
            group = bank.attributes[index].group
            likely = probabilities[index] >= self._thresholds[index] and may_guess[index]
            if likely and group not in taken:
                taken |= bank.choices_of([index])
                confidence = float(probabilities[index])
                suggested[index] = Understood(bank.names[index], 1.0, confidence, "classifier")
        return suggested

    def _nothing_understood(self, prompt: str) -> InputError:
        languages = ", ".join(self.folder.config.languages)
        bank = self.folder.bank
        often = (max(rows, key=lambda index: bank.attributes[index].count) for rows in bank.groups.values())
        some = ", ".join(bank.names[index] for index in islice(often, SHOWN))
        return InputError(
            "prompt",
            f"a description in words that the model knows (it was trained in: {languages})",
            shorten(prompt, 60),
            f"Attributes that it knows: {some} …" if some else "",
        )


def checked_prompt(prompt: str) -> str:
    """Return the prompt without spaces around it; `InputError` where it is no text or too long."""
    if not isinstance(prompt, str):
        raise InputError("prompt", "text", type(prompt).__name__)
    if len(prompt) > LONGEST_PROMPT:
        raise TooLongError(len(prompt), LONGEST_PROMPT)
    for position, character in enumerate(prompt):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise InputError(
                "prompt",
                "text without control characters",
                f"U+{ord(character):04X} at character {position + 1}",
            )
    return prompt.strip()


def _told(bank: AttributeBank, matches: Sequence[Match], asked: Mapping[int, float]) -> dict[int, Understood]:
    """Return what the text names and what was asked for, by index.

    With a blue hat that is asked for comes a hat, and without a hat there is no blue hat either. What a text both names
    and denies is there: "a red hat but no blue hat" has a hat.
    """
    is_gone = bank.kinds_of({index for index, strength in asked.items() if strength == 0})
    told = {}
    for match in sorted(matches, key=lambda match: not match.negated):
        there = not (match.negated or is_gone[match.index])
        told[match.index] = Understood(bank.names[match.index], float(there), 1.0, "prompt")
    for index, strength in asked.items():
        for part in bank.parts_of([index]) if strength > 0 else ():
            if part not in told or told[part].strength < strength:
                told[part] = Understood(bank.names[part], strength, 1.0, "option")
    for index, strength in asked.items():
        told[index] = Understood(bank.names[index], strength, 1.0, "option")
    return told


def asked_for(
    bank: AttributeBank, attributes: Mapping[str, float], negative: Sequence[str]
) -> dict[int, float]:
    """Return index -> strength of what was asked for by name.

    Raises:
        InputError: A name is unknown, a strength is no number from 0 to 1, one attribute gets two strengths, or one is
            wanted without another that is a part of it.
    """
    if not isinstance(attributes, Mapping):
        raise InputError("attributes", 'names with strengths, such as {"beard": 1}', shorten(attributes))
    if isinstance(negative, str) or not isinstance(negative, Iterable):
        example = shorten(negative, 50) if isinstance(negative, str) else "'glasses'"
        raise InputError("negative", f"a list of names, such as [{example}]", type(negative).__name__)
    asked: dict[int, float] = {}
    for name, strength in (*attributes.items(), *((name, 0.0) for name in negative)):
        if not isinstance(name, str):
            raise InputError("attributes and negative", "names", shorten(name))
        index = bank.index(name)
        if not isinstance(strength, Real) or not 0 <= strength <= 1:
            raise InputError(f"attribute {shorten(name)}", "a strength from 0 to 1", shorten(strength))
        if asked.setdefault(index, float(strength)) != strength:
            raise InputError(
                f"attribute {bank.names[index]!r}",
                "one strength",
                f"both {asked[index]:g} and {float(strength):g}",
            )
    for index, strength in asked.items():
        for part in bank.parts_of([index]) if strength > 0 else ():
            if asked.get(part) == 0:
                expected = f"present, since {bank.names[index]!r} was asked for"
                raise InputError(f"attribute {bank.names[part]!r}", expected, "absent")
    return asked
