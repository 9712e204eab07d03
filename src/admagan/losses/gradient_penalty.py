"""Zero-centred gradient penalties: the matching-aware one (DF-GAN 3.3), R1 and R2 (Mescheder, arXiv:1801.04406)."""

from __future__ import annotations

import torch
from torch import Tensor

from admagan.networks.tensors import full_precision


def matching_aware_gradient_penalty(
    logits: Tensor, images: Tensor, sentence: Tensor, *seen: Tensor, power: float = 6.0
) -> Tensor:
    """E (||grad_x D||^2 + ||grad_s D||^2)^(power / 2), on real images with their own sentences.

    What a pretrained network has seen in the images counts as further inputs, as in GALIP.

    Args:
        logits: (B,), computed from the inputs below.
        images: (B, 3, S, S) with requires_grad.
        sentence: (B, d) with requires_grad.
        seen: Features of the images (B, ...) with requires_grad.
        power: Of the norm over image and sentence gradients together.

    Returns:
        A scalar that can be differentiated. It is computed from the squared sum, so that no square root is
        differentiated at zero, where its slope is infinite.
    """
    return _squared_gradients(logits, images, sentence, *seen).pow(power / 2).mean()


def image_gradient_penalty(logits: Tensor, images: Tensor, *seen: Tensor) -> Tensor:
    """E ||grad_x D||^2: R1 on real images, R2 on generated ones; arguments as above."""
    return _squared_gradients(logits, images, *seen).mean()


def _squared_gradients(logits: Tensor, *inputs: Tensor) -> Tensor:
    """Return (B,): the squared norm of each sample's gradients with respect to all inputs together."""
    gradients = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    squared = [full_precision(gradient).square().flatten(1).sum(1) for gradient in gradients]
    return torch.stack(squared).sum(0)
