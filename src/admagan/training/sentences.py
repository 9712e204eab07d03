"""Sentence embeddings of whole lists of captions and phrases, by a frozen encoder."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer
from torch import Tensor

from admagan.bank import AttributeBank
from admagan.networks.text_encoder import TextEncoder
from admagan.runtime.tokenizer import encode_captions

CHUNK = 512


@torch.no_grad()
def sentence_embeddings(encoder: TextEncoder, tokens: Tensor, lengths: Tensor) -> Tensor:
    """Return float32 (N, d), on the CPU, of tokens (N, T) with lengths (N,), without dropout whatever mode it is in."""
    training = encoder.training
    encoder.eval()
    device = encoder.embedding.weight.device
    parts = [
        encoder(ids[:, : int(count.max())].to(device), count).sentence.cpu()
        for ids, count in zip(tokens.split(CHUNK), lengths.split(CHUNK), strict=True)
        if len(ids)
    ]
    encoder.train(training)
    return torch.cat(parts) if parts else torch.empty(0, encoder.config.sentence_dim)


def phrase_embeddings(encoder: TextEncoder, tokenizer: Tokenizer, bank: AttributeBank) -> Tensor:
    """Return the embedding (n, d) of each attribute's name: what the attribute memory starts from."""
    tokens, lengths = encode_captions(tokenizer, bank.names, encoder.config.max_tokens)
    return sentence_embeddings(encoder, torch.from_numpy(tokens), torch.from_numpy(lengths))
