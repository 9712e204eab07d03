"""ONNX graphs that hold no numbers of their own: their weights are the tensors of a safetensors file beside them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from onnx import NodeProto, TensorProto, helper, numpy_helper

from admagan.errors import InputError

OPSET, IR_VERSION = 18, 9
_TYPES = {"F32": TensorProto.FLOAT, "F16": TensorProto.FLOAT16}
Shape = Sequence[Any]


class StoredTensor(NamedTuple):
    """Where a safetensors file keeps one tensor."""

    dtype: str
    """F32 or F16."""
    shape: tuple[int, ...]
    offset: int
    """Bytes from the beginning of the file."""
    length: int
    """Bytes."""


def stored_tensors(path: Path) -> dict[str, StoredTensor]:
    """Return the place of every tensor of a safetensors file: 8 bytes of length, a JSON header, then the data."""
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if entry["dtype"] not in _TYPES:
            raise InputError(f"{path}: {name}", "float32 or float16 numbers", entry["dtype"])
        tensors[name] = StoredTensor(entry["dtype"], tuple(entry["shape"]), 8 + size + begin, end - begin)
    return tensors


class GraphBuilder:
    """A graph in the making; every method returns the name of the value that it adds.

    What depends on weights alone (folding, casts, transposed kernels) is written as nodes as well: ONNX Runtime
    computes them once, when it loads the graph.

    Args:
        weights: The safetensors file whose tensors are the parameters; the graph belongs into the same folder.
    """

    def __init__(self, weights: Path) -> None:
        self.weights = weights
        self.stored = stored_tensors(weights)
        self._nodes: list[NodeProto] = []
        self._initialisers: dict[str, TensorProto] = {}

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output."""
        return self.split_node(operator, *inputs, outputs=1, **attributes)[0]

    def split_node(self, operator: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Add a node with several outputs; "" stands for an input that is left out."""
        name = f"{operator}_{len(self._nodes)}"
        names = [f"{name}.{index}" for index in range(outputs)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, name=name, **attributes))
        return names

    def parameter(self, name: str) -> str:
        """Return a stored tensor, as float32 however it is stored."""
        stored = self.stored[name]
        if name not in self._initialisers:
            tensor = TensorProto(name=name, dims=stored.shape, data_type=_TYPES[stored.dtype])
            tensor.data_location = TensorProto.EXTERNAL
            place = {"location": self.weights.name, "offset": stored.offset, "length": stored.length}
            for key, value in place.items():
                tensor.external_data.add(key=key, value=str(value))
            self._initialisers[name] = tensor
        return name if stored.dtype == "F32" else self.node("Cast", name, to=TensorProto.FLOAT)

    def constant(self, values: ArrayLike, dtype: DTypeLike = np.int64) -> str:
        """Add a small constant."""
        name = f"constant_{len(self._initialisers)}"
        self._initialisers[name] = numpy_helper.from_array(np.asarray(values, dtype), name)
        return name

    def linear(self, x: str, name: str) -> str:
        """Apply the `torch.nn.Linear` whose parameters are `name`.weight and `name`.bias."""
        return self.node(
            "Gemm", x, self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias"), transB=1
        )

    def write(self, path: Path, inputs: Mapping[str, Shape], output: tuple[str, str, Shape]) -> None:
        """Write the graph.

        Args:
            path: The ONNX file, in the folder of the weights.
            inputs: Name -> shape, names of lengths that may vary included. `tokens` are int64, all others float32.
            output: The value that is the result, the name that it is given, and its shape.
        """
        value, name, shape = output
        kinds = {key: TensorProto.INT64 if key == "tokens" else TensorProto.FLOAT for key in inputs}
        graph = helper.make_graph(
            [*self._nodes, helper.make_node("Identity", [value], [name])],
            path.stem,
            [helper.make_tensor_value_info(key, kinds[key], dims) for key, dims in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            list(self._initialisers.values()),
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="admagan"
        )
        path.write_bytes(model.SerializeToString())
