"""The matcher: pictures and captions in one space, for R-precision; shares nothing with what a model is trained with.

It follows the sentence level of DAMSM (AttnGAN, CVPR 2018): a bi-LSTM and a picture branch learn to tell right pairs
from the others of a batch. As there, pictures are seen through frozen networks; their features are computed once for
all figures. The word level is left out: it would need features of every region of a picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor, nn

from admagan.data.augment import permutation
from admagan.data.tokenizer import train_tokenizer
from admagan.files import sha256, written_aside
from admagan.losses.alignment import damsm_sentence_loss, same_rows
from admagan.metrics.learning_rate import warm_up_cosine
from admagan.networks.tensors import write_weights
from admagan.networks.text_encoder import TextEncoder
from admagan.progress import track
from admagan.runtime.tokenizer import encode_captions
from admagan.schema.evaluation import MatcherSettings
from admagan.schema.model import TextConfig

FORMAT = 2
"""Counted up when the same settings and data would give another network."""
CHUNK = 512

Floats = NDArray[np.float32]


class MatcherNetwork(nn.Module):
    """Picture features (B, f) and tokens (B, T) -> the common space (B, d)."""

    def __init__(self, features: int, vocabulary: int, settings: MatcherSettings) -> None:
        super().__init__()
        self.text = TextEncoder(
            TextConfig(
                vocabulary=vocabulary,
                max_tokens=settings.max_tokens,
                embedding_dim=settings.embedding_dim,
                hidden_dim=settings.hidden_dim,
                dropout=settings.dropout,
            )
        )
        self.image = nn.Sequential(
            nn.BatchNorm1d(features, affine=False),
            nn.Dropout(settings.dropout),
            nn.Linear(features, settings.image_hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.image_hidden, 2 * settings.hidden_dim),
        )


@dataclass(frozen=True)
class Matcher:
    """A trained matcher."""

    sha256: str
    """Of its file."""
    network: MatcherNetwork
    """In evaluation mode."""
    tokenizer: Tokenizer

    @torch.inference_mode()
    def pictures(self, features: Floats) -> Floats:
        """Picture features (N,f), of the networks that it was trained on -> (N,d)."""
        embedded: Floats = self.network.image(torch.from_numpy(features)).numpy()
        return embedded

    @torch.inference_mode()
    def captions(self, texts: Sequence[str]) -> Floats:
        """M captions -> (M,d)."""
        tokens, lengths = _encoded(self.tokenizer, texts, self.network.text.config.max_tokens)
        parts = [
            self.network.text(*part).sentence
            for part in zip(tokens.split(CHUNK), lengths.split(CHUNK), strict=True)
        ]
        return torch.cat(parts).numpy()


def matcher_for(
    features: Floats, captions: Sequence[Sequence[str]], folder: Path, settings: MatcherSettings | None = None
) -> Matcher:
    """Return the matcher of a training split, from `folder` if it is there, else trained and kept there.

    Several processes may ask at once: one trains, the others wait.

    Args:
        features: (N,f) of the N training pictures.
        captions: Of each picture, one at least.
        folder: Where matchers are kept, one file each.
        settings: Its shape and training.
    """
    settings = settings or MatcherSettings()
    digest = hashlib.sha256(repr((FORMAT, settings.model_dump_json(), features.shape)).encode())
    digest.update(repr([list(several) for several in captions]).encode() + features.tobytes())
    path = folder / f"matcher-{digest.hexdigest()[:16]}.safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            network, tokenizer = train_matcher(features, captions, settings)
            about = {"settings": settings.model_dump_json(), "tokenizer": tokenizer.to_str()}
            with written_aside(path) as aside:
                write_weights(aside, network.state_dict(), about)
    return _load(path)


def _load(path: Path) -> Matcher:
    with safe_open(path, "pt") as file:
        about = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    tokenizer = Tokenizer.from_str(about["tokenizer"])
    settings = MatcherSettings.model_validate_json(about["settings"])
    features = len(weights["image.0.running_mean"])
    network = MatcherNetwork(features, tokenizer.get_vocab_size(), settings)
    network.load_state_dict(weights)
    return Matcher(sha256(path), network.eval().requires_grad_(False), tokenizer)


def train_matcher(
    features: Floats, captions: Sequence[Sequence[str]], settings: MatcherSettings
) -> tuple[MatcherNetwork, Tokenizer]:
    """Train on all captions of all pictures in turn; shows a progress bar. Global random state is left alone."""
    owner = np.repeat(np.arange(len(captions)), [len(several) for several in captions])
    texts = [caption for several in captions for caption in several]
    tokenizer = train_tokenizer(texts, settings.vocabulary)
    tokens, lengths = _encoded(tokenizer, texts, settings.max_tokens)
    pictures = torch.from_numpy(features)
    steps = settings.steps(len(texts))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = MatcherNetwork(features.shape[1], tokenizer.get_vocab_size(), settings)
        optimiser = torch.optim.AdamW(network.parameters(), weight_decay=settings.weight_decay, fused=True)
        for step in track(range(steps), "training the matcher of pictures and captions"):
            rows = _rows(settings, step, len(texts))
            words = tokens[rows, : int(lengths[rows].max())]
            loss = damsm_sentence_loss(
                network.image(pictures[owner[rows]]),
                network.text(words, lengths[rows]).sentence,
                settings.gamma,
                same_rows(words),
            )
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * warm_up_cosine(step, steps)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
    trained: MatcherNetwork = network.eval()
    return trained, tokenizer


def _rows(settings: MatcherSettings, step: int, count: int) -> NDArray[np.int64]:
    """Return which captions a step is about: none twice an epoch, in an order of its own; what does not fill a batch is
    left out."""
    size = min(settings.batch_size, count)
    steps_of_epoch = count // size
    epoch, place = divmod(step, steps_of_epoch)
    return permutation(settings.seed, epoch, count)[place * size : (place + 1) * size]


def _encoded(tokenizer: Tokenizer, texts: Sequence[str], most: int) -> tuple[Tensor, Tensor]:
    tokens, lengths = encode_captions(tokenizer, texts, most)
    longest = int(lengths.max(initial=1))
    return torch.from_numpy(tokens[:, :longest]), torch.from_numpy(lengths)
