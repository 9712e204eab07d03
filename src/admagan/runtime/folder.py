"""Read a model folder: every file there, whole, and belonging to the others. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.files import sha256
from admagan.runtime.tokenizer import read_tokenizer
from admagan.schema.bank import ATTRIBUTES
from admagan.schema.model_folder import (
    CONFIG,
    EXAMPLES,
    NETWORKS,
    TOKENIZER,
    Examples,
    ModelConfig,
)


@dataclass(frozen=True)
class ModelFolder:
    """A folder whose config.json and attributes.json fit together; its other files are checked when asked for."""

    path: Path
    config: ModelConfig
    bank: AttributeBank

    def file(self, name: str) -> Path:
        """Return the path of one of the files that config.json lists.

        Raises:
            InputError: It is missing, or is not the file that was written with this config.json.
        """
        path = self.path / name
        wanted = self.config.files.get(name)
        if wanted is None:
            raise InputError(f"{self.path / CONFIG}: files", f"the SHA-256 of {name}", "none")
        if not path.is_file():
            raise InputError(str(path), "a file of this model", "no such file", _AGAIN)
        try:
            found = sha256(path)
        except OSError as error:
            raise InputError(str(path), "a file that can be read", error.strerror) from error
        if found != wanted:
            raise InputError(
                str(path),
                f"the content with SHA-256 {wanted[:12]}…",
                f"{found[:12]}…: damaged or of another model",
                _AGAIN,
            )
        return path

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the captions that the model was trained on."""
        tokenizer = read_tokenizer(self.file(TOKENIZER))
        if tokenizer.get_vocab_size() > self.config.text.vocabulary:
            raise InputError(
                str(self.path / TOKENIZER),
                f"at most {self.config.text.vocabulary} tokens",
                tokenizer.get_vocab_size(),
            )
        return tokenizer

    @cached_property
    def examples(self) -> NDArray[np.bool_]:
        """The attributes of K training pictures, (K, n); none where the model was written without."""
        if EXAMPLES not in self.config.files:
            return np.zeros((0, len(self.bank)), np.bool_)
        path = self.file(EXAMPLES)
        pictures = Examples.read(path).pictures
        # Column by column, as they are looked through by attribute.
        examples = np.zeros((len(pictures), len(self.bank)), np.bool_, order="F")
        for row, indices in enumerate(pictures):
            if indices and max(indices) >= len(self.bank):
                raise InputError(f"{path}: pictures.{row}", f"indices below {len(self.bank)}", max(indices))
            examples[row, list(indices)] = True
        return examples

    def network(self, name: str) -> Path:
        """Return the ONNX file of a network, after a look at the weights that it refers to."""
        self.file(f"{name}.safetensors")
        return self.file(f"{name}.onnx")

    def check(self) -> None:
        """Look at every file."""
        for name in NETWORKS:
            self.network(name)
        _ = self.tokenizer, self.examples


_AGAIN = "Copy or download the whole model folder again."


def read_model_folder(path: Path) -> ModelFolder:
    """Read config.json and attributes.json.

    Raises:
        InputError: `path` is no model folder, one of the two is missing or damaged, or they do not fit together.
    """
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing"
        raise InputError(str(path), "a model folder", found, "`admagan models` lists what there is.")
    if not (path / CONFIG).is_file():
        raise InputError(
            str(path),
            f"a model folder, which holds {CONFIG}",
            "none",
            "A run folder keeps its model in RUN/model.",
        )
    config = ModelConfig.read(path / CONFIG)
    bank = AttributeBank.read(path / ATTRIBUTES)
    if bank.names != config.attributes:
        at = next(
            (i for i, (a, b) in enumerate(zip(bank.names, config.attributes, strict=False)) if a != b),
            min(len(bank), len(config.attributes)),
        )
        wanted, found = (
            repr(names[at]) if at < len(names) else "none" for names in (config.attributes, bank.names)
        )
        raise InputError(
            f"{path / ATTRIBUTES}: attributes.{at}",
            f"{wanted}, as in {CONFIG}",
            found,
            "Only phrases may be changed.",
        )
    return ModelFolder(path, config, bank)
