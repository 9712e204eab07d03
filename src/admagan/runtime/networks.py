"""The three networks of a model behind one small interface, and how ONNX Runtime runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from admagan.errors import InputError
from admagan.runtime.folder import ModelFolder
from admagan.runtime.session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = npt.NDArray[np.float32]


class Networks(Protocol):
    """What the pipeline needs of a backend; arrays in, arrays out."""

    def sentence(self, tokens: npt.NDArray[np.int64]) -> Floats:
        """Tokens (B, T) of sentences of one length T >= 1 -> embeddings (B, d)."""

    def logits(self, sentence: Floats) -> Floats:
        """Embeddings (B, d) -> logits (B, n) of the attributes that the sentences speak of."""

    def images(self, noise: Floats, sentence: Floats, attributes: Floats) -> Floats:
        """z (B, Z), embeddings (B, d), strengths (B, n) in [0, 1] -> images (B, 3, S, S), nominally in [-1, 1]."""


class OnnxNetworks:
    """`Networks` on ONNX Runtime; a network is loaded when it is first needed.

    Args:
        folder: The model.
        threads: See `open_session`.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        self._folder = folder
        self._threads = threads
        self._sessions: dict[str, InferenceSession] = {}

    def sentence(self, tokens: npt.NDArray[np.int64]) -> Floats:
        """See `Networks.sentence`."""
        return self._run("text_encoder", tokens=tokens)

    def logits(self, sentence: Floats) -> Floats:
        """See `Networks.logits`."""
        return self._run("tagger", sentence=sentence)

    def images(self, noise: Floats, sentence: Floats, attributes: Floats) -> Floats:
        """See `Networks.images`."""
        return self._run("generator", noise=noise, sentence=sentence, attributes=attributes)

    def _run(self, name: str, **inputs: npt.NDArray[np.generic]) -> Floats:
        session = self._session(name)
        try:
            outputs: list[Floats] = session.run(None, inputs)
        except Exception as error:  # the exceptions of ONNX Runtime have no common base
            raise InputError(
                str(self._folder.path / f"{name}.onnx"), "a network that fits config.json", error
            ) from error
        return outputs[0]

    def _session(self, name: str) -> InferenceSession:
        if name not in self._sessions:
            self._sessions[name] = open_session(self._folder.network(name), self._threads)
        return self._sessions[name]
