"""The sentence encoder: a bi-LSTM over tokens, trained beforehand and then frozen (AttnGAN's; docs/method.md)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from admagan.networks.tensors import require_shape
from admagan.schema.model import TextConfig


@dataclass(frozen=True)
class TextFeatures:
    """What the text encoder says of captions."""

    sentence: Tensor
    """(B, d): the last states of both directions."""
    words: Tensor
    """(B, T, d): a feature for each token; zero at padding."""
    mask: Tensor
    """(B, T) bool: True at tokens, False at padding."""


class TextEncoder(nn.Module):
    """Token ids (B, T) with lengths (B,) -> features of words and sentence."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.embedding_dim, padding_idx=0)
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = nn.LSTM(config.embedding_dim, config.hidden_dim, batch_first=True, bidirectional=True)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def forward(self, tokens: Tensor, lengths: Tensor) -> TextFeatures:
        """Encode; lengths are in 1..T, tokens beyond them are ignored."""
        require_shape(tokens, "tokens", None, None)
        require_shape(lengths, "lengths", len(tokens))
        embedded = self.dropout(self.embedding(tokens))
        packed = pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
        outputs, (states, _) = self.lstm(packed)
        words, _ = pad_packed_sequence(outputs, batch_first=True, total_length=tokens.shape[1])
        mask = torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None].to(tokens.device)
        return TextFeatures(sentence=states.transpose(0, 1).flatten(1), words=words, mask=mask)
