"""Read a model's tokenizer and turn sentences into arrays of token ids. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from admagan.errors import InputError

PAD_ID = 0
"""Fills up short sentences; no token of a text has this id."""


def read_tokenizer(path: Path) -> Tokenizer:
    """Read tokenizer.json; `InputError` where it is missing or damaged."""
    try:
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), "a readable tokenizer file", error) from error
    except Exception as error:  # the library raises bare Exception for whatever is wrong with the JSON
        raise InputError(str(path), "a tokenizer of the tokenizers library", error) from error


def encode_captions(
    tokenizer: Tokenizer, captions: Sequence[str], max_tokens: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (tokens int64 (N, T), lengths int64 (N,) in 1..T) of N captions; T = `max_tokens`.

    Longer captions are cut, shorter ones filled up with `PAD_ID`. A caption without any token is one `PAD_ID`
    long, so that every length is at least 1.
    """
    tokens = np.full((len(captions), max_tokens), PAD_ID, np.int64)
    lengths = np.ones(len(captions), np.int64)
    for row, encoding in enumerate(tokenizer.encode_batch_fast([well_formed(text) for text in captions])):
        ids = token_ids(encoding)[:max_tokens]
        tokens[row, : len(ids)] = ids
        lengths[row] = max(1, len(ids))
    return tokens, lengths


def token_ids(encoding: Encoding) -> list[int]:
    """Return the ids of an encoded text without the words that a word-level tokenizer does not know: it gives them
    `PAD_ID` (a byte-level one knows all)."""
    return [token for token in encoding.ids if token != PAD_ID]


def well_formed(text: str) -> str:
    """Return `text` with halves of surrogate pairs, which UTF-8 cannot hold, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
