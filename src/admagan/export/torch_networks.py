"""Run a model folder with torch, for comparison with ONNX Runtime or on other devices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from admagan.export.folder import TrainedModel, load_trained
from admagan.runtime.folder import read_model_folder
from admagan.runtime.models import find_model
from admagan.runtime.networks import Floats
from admagan.runtime.pipeline import AdmaGAN


class TorchNetworks:
    """`Networks` on torch.

    Args:
        model: The networks; they are moved to `device`, and the generator is folded.
        device: Such as "cpu" or "cuda".
    """

    def __init__(self, model: TrainedModel, device: str = "cpu") -> None:
        self.device = torch.device(device)
        for network in model.networks.values():
            network.to(self.device).eval()
        model.synthesiser.generator.fold()
        self._model = model

    @torch.inference_mode()
    def sentence(self, tokens: npt.NDArray[np.int64]) -> Floats:
        """See `Networks.sentence`."""
        lengths = torch.full((len(tokens),), tokens.shape[1])
        return self._back(self._model.text_encoder(self._tensor(tokens), lengths).sentence)

    @torch.inference_mode()
    def logits(self, sentence: Floats) -> Floats:
        """See `Networks.logits`."""
        return self._back(self._model.tagger(self._tensor(sentence)))

    @torch.inference_mode()
    def images(self, noise: Floats, sentence: Floats, attributes: Floats) -> Floats:
        """See `Networks.images`."""
        inputs = (self._tensor(array) for array in (noise, sentence, attributes))
        return self._back(self._model.synthesiser(*inputs)[0])

    def _tensor(self, array: npt.NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)

    def _back(self, tensor: torch.Tensor) -> Floats:
        array: Floats = tensor.float().cpu().numpy()
        return array


def load_with_torch(model: str | Path, device: str = "cpu") -> AdmaGAN:
    """Load a model as `AdmaGAN.load` does, but have torch compute it."""
    path = find_model(model)
    return AdmaGAN(read_model_folder(path), TorchNetworks(load_trained(path), device))
