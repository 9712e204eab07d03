"""The byte-level tokenizer: any text, no unknown word, the same every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from admagan.data.tokenizer import PAD_ID, encode_captions, read_tokenizer, train_tokenizer
from admagan.errors import InputError

CAPTIONS = ["a man with a blue hat", "a woman with round glasses", "戴着蓝色帽子的男人", "ein Hut 🎩"] * 20


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(CAPTIONS, vocabulary=400)


def test_words_of_the_captions_become_tokens(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("a blue hat").tokens == ["Ġa", "Ġblue", "Ġhat"]
    assert tokenizer.encode("Ａ BLUE Hat").ids == tokenizer.encode("a blue hat").ids
    assert tokenizer.get_vocab_size() <= 400


SMALL = train_tokenizer(CAPTIONS, vocabulary=300)


@given(st.text(max_size=60))
def test_any_text_comes_back(text: str) -> None:
    tokenizer = SMALL
    ids = tokenizer.encode(text).ids
    folded = tokenizer.normalizer.normalize_str(text)
    assert PAD_ID not in ids
    assert tokenizer.decode(ids) in (folded, " " + folded)


@pytest.mark.parametrize(
    "text", ["<pad>", "a <pad> hat", "[UNK]", "BR01-3HD®", "\x00\ufeff", "👩‍👩‍👧", "\ud83d half"]
)
def test_odd_texts_never_give_padding(tokenizer: Tokenizer, text: str) -> None:
    tokens, lengths = encode_captions(tokenizer, [text], max_tokens=64)
    assert lengths[0] > 1
    assert (tokens[0, : lengths[0]] != PAD_ID).all()


def test_arrays_are_cut_and_filled(tokenizer: Tokenizer) -> None:
    tokens, lengths = encode_captions(tokenizer, ["a blue hat", "", "hat " * 50], max_tokens=5)
    assert tokens.dtype == lengths.dtype == np.int64
    assert tokens.shape == (3, 5)
    assert lengths.tolist() == [3, 1, 5]
    assert tokens[0, 3:].tolist() == [PAD_ID, PAD_ID]
    assert tokens[1].tolist() == [PAD_ID] * 5
    assert encode_captions(tokenizer, [], max_tokens=5)[0].shape == (0, 5)


def test_file_round_trip_and_damage(tokenizer: Tokenizer, tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    tokenizer.save(str(file))
    assert read_tokenizer(file).to_str() == tokenizer.to_str()
    file.write_text(file.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(InputError, match=r"tokenizer\.json"):
        read_tokenizer(file)
    with pytest.raises(InputError, match=r"none\.json"):
        read_tokenizer(tmp_path / "none.json")


def test_the_same_captions_give_the_same_tokenizer() -> None:
    code = (
        "from admagan.data.tokenizer import train_tokenizer\n"
        "words = [f'{a} {b} hat' for a in ('red', 'green', 'blue') for b in ('round', 'ground', 'bound')]\n"
        "print(train_tokenizer(words * 3, 290).to_str())"
    )
    run = [sys.executable, "-c", code]
    first, second = (subprocess.run(run, capture_output=True, check=True).stdout for _ in range(2))
    assert first == second


def test_a_vocabulary_without_room_for_bytes_is_refused() -> None:
    with pytest.raises(InputError, match=r"text\.vocabulary"):
        train_tokenizer(CAPTIONS, vocabulary=256)


def test_no_captions_still_give_a_tokenizer() -> None:
    assert train_tokenizer([], vocabulary=1000).get_vocab_size() == 257
