"""The three networks of a model folder as ONNX graphs, for a runtime without torch.

They are written by hand rather than traced: memory and gains are folded, every batch size fits, the files take a few
kilobytes (see `export.graph`), and no version of an exporter changes them. That they compute what the torch modules
compute is checked whenever a model folder is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from admagan.export.graph import GraphBuilder
from admagan.networks.modulation import NORM_EPSILON, PER_PAIR
from admagan.networks.resampling import UPSAMPLING
from admagan.networks.tensors import SLOPE
from admagan.schema.model import GeneratorConfig, Normalisation, TextConfig, Upsampling

RESIZING: dict[Upsampling, dict[str, str]] = {
    "nearest": {
        "mode": "nearest",
        "coordinate_transformation_mode": "asymmetric",
        "nearest_mode": "floor",
    },
    "filtered": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
}
"""How ONNX calls them."""


def write_generator(weights: Path, config: GeneratorConfig, attributes: int) -> None:
    """Write generator.onnx beside generator.safetensors.

    noise (B, Z), sentence (B, d), attributes (B, n) in [0, 1] -> images (B, 3, S, S), nominally in [-1, 1].
    """
    graph = GraphBuilder(weights)
    embedding = "sentence"  # e_a, where there is a memory
    if "memory.table" in graph.stored:
        embedding = graph.node("MatMul", "attributes", _memory_rows(graph))
    hidden = _hidden(graph, config, embedding)
    start = graph.linear("noise", "generator.start")
    x = graph.node("Reshape", start, graph.constant([0, config.block_channels[0], 4, 4]))
    for index in range(len(config.block_channels)):
        x = _block(
            graph,
            f"generator.blocks.{index}",
            x,
            next(hidden),
            next(hidden),
            config.upsampling if index else None,
            config.normalisation,
        )
    image = _convolution(graph, "generator.to_image", graph.node("LeakyRelu", x, alpha=SLOPE))
    if config.output == "tanh":
        image = graph.node("Tanh", image)
    inputs = {
        "noise": ["batch", config.noise_dim],
        "sentence": ["batch", config.condition_dim],
        "attributes": ["batch", attributes],
    }
    shape = ["batch", 3, config.size, config.size]
    graph.write(weights.with_suffix(".onnx"), inputs, (image, "images", shape))


def write_text_encoder(weights: Path, config: TextConfig) -> None:
    """Write text_encoder.onnx beside text_encoder.safetensors: tokens (B, T) int64, no padding -> sentence (B, d)."""
    graph = GraphBuilder(weights)
    embedded = graph.node("Gather", graph.parameter("embedding.weight"), "tokens", axis=0)
    by_time = graph.node("Transpose", embedded, perm=[1, 0, 2])
    order = graph.constant(_gate_order(config.hidden_dim))
    stacked = {
        kind: graph.node(
            "Concat",
            *(
                graph.node(
                    "Unsqueeze",
                    graph.node("Gather", graph.parameter(f"lstm.{kind}_l0{way}"), order, axis=0),
                    graph.constant([0]),
                )
                for way in ("", "_reverse")
            ),
            axis=0,
        )
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    biases = graph.node("Concat", stacked["bias_ih"], stacked["bias_hh"], axis=1)
    _, states = graph.split_node(
        "LSTM", by_time, stacked["weight_ih"], stacked["weight_hh"], biases,
        outputs=2, direction="bidirectional", hidden_size=config.hidden_dim,
    )  # fmt: skip
    by_sentence = graph.node("Transpose", states, perm=[1, 0, 2])
    sentence = graph.node("Reshape", by_sentence, graph.constant([0, config.sentence_dim]))
    shape = ["batch", config.sentence_dim]
    graph.write(weights.with_suffix(".onnx"), {"tokens": ["batch", "length"]}, (sentence, "sentence", shape))


def write_tagger(weights: Path, condition_dim: int, attributes: int) -> None:
    """Write tagger.onnx beside tagger.safetensors: sentence (B, d) -> logits (B, n)."""
    graph = GraphBuilder(weights)
    x = graph.linear("sentence", "layers.0")
    if "layers.2.weight" in graph.stored:
        x = graph.linear(graph.node("Relu", x), "layers.2")
    inputs = {"sentence": ["batch", condition_dim]}
    graph.write(weights.with_suffix(".onnx"), inputs, (x, "logits", ["batch", attributes]))


def _memory_rows(graph: GraphBuilder) -> str:
    """Return H (n, d): see `AttributeMemory.rows`."""
    table = graph.parameter("memory.table")
    if "memory.graph" not in graph.stored:
        return table
    joined = graph.parameter("memory.graph")
    hidden = graph.node("Gemm", table, graph.parameter("memory.first.weight"), transB=1)
    hidden = graph.node("LeakyRelu", graph.node("MatMul", joined, hidden), alpha=SLOPE)
    hidden = graph.node("Gemm", hidden, graph.parameter("memory.last.weight"), transB=1)
    return graph.node("MatMul", joined, hidden)


def _hidden(graph: GraphBuilder, config: GeneratorConfig, embedding: str) -> Iterator[str]:
    """Yield the hidden activations (4, B, h) of each pair of affine layers, in the order of the blocks."""
    conditions = config.block_conditions
    streams = {}
    for letter in sorted(set(conditions)):
        pairs = 2 * conditions.count(letter)
        parts = {"a": [embedding], "s": ["sentence"], "b": [embedding, "sentence"]}[letter]
        parts = ["noise", *parts] if config.noise_in_condition else parts
        source = graph.node("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
        hidden = graph.node("Relu", graph.linear(source, f"generator.hidden.{letter}.linear"))
        layers = graph.constant([0, PER_PAIR * pairs, config.condition_dim])
        hidden = graph.node("Transpose", graph.node("Reshape", hidden, layers), perm=[1, 0, 2])
        streams[letter] = iter(graph.split_node("Split", hidden, outputs=pairs, axis=0, num_outputs=pairs))
    for letter in conditions:
        yield next(streams[letter])
        yield next(streams[letter])


def _block(
    graph: GraphBuilder,
    name: str,
    x: str,
    first: str,
    second: str,
    upsampling: Upsampling | None,
    normalisation: Normalisation,
) -> str:
    """Return (1 - g) shortcut(x) + g residual(x); both gains are folded into the convolutions before them."""
    gain = graph.parameter(f"{name}.gain")
    rest = graph.node("Sub", graph.constant([1.0], np.float32), gain)
    residual = _modulated(graph, f"{name}.modulation1", _normalised(graph, x, normalisation), first)
    if upsampling:
        residual = _upsampled_convolution(graph, f"{name}.conv1", residual, UPSAMPLING[upsampling])
    else:
        residual = _convolution(graph, f"{name}.conv1", residual)
    residual = _normalised(graph, residual, normalisation)
    if f"{name}.positions" in graph.stored:
        residual = graph.node("Add", residual, graph.parameter(f"{name}.positions"))
    residual = _modulated(graph, f"{name}.modulation2", residual, second)
    residual = _convolution(graph, f"{name}.conv2", residual, gain)
    if f"{name}.shortcut.weight" in graph.stored:
        shortcut = _convolution(graph, f"{name}.shortcut", x, rest)
    else:
        shortcut = graph.node("Mul", x, rest)
    if upsampling:
        shortcut = graph.node(
            "Resize", shortcut, "", graph.constant([1, 1, 2, 2], np.float32), **RESIZING[upsampling]
        )
    return graph.node("Add", residual, shortcut)


def _normalised(graph: GraphBuilder, x: str, normalisation: Normalisation) -> str:
    """Scale each pixel of x (B, C, H, W) to a root mean square of 1: see `PixelNorm`."""
    if normalisation == "none":
        return x
    square = graph.node("ReduceMean", graph.node("Mul", x, x), graph.constant([1]))
    padded = graph.node("Add", square, graph.constant([NORM_EPSILON], np.float32))
    return graph.node("Div", x, graph.node("Sqrt", padded))


def _modulated(graph: GraphBuilder, name: str, x: str, hidden: str) -> str:
    """Apply [affine, LeakyReLU] twice to x (B, C, H, W): see `PairModulation`."""
    values = graph.node("MatMul", hidden, graph.parameter(f"{name}.weight"))
    values = graph.node("Add", values, graph.parameter(f"{name}.bias"))
    values = graph.node("Unsqueeze", values, graph.constant([3, 4]))
    gain1, bias1, gain2, bias2 = (
        graph.node("Gather", values, graph.constant(index), axis=0) for index in range(PER_PAIR)
    )
    for gain, bias in ((gain1, bias1), (gain2, bias2)):
        x = graph.node("LeakyRelu", graph.node("Add", graph.node("Mul", x, gain), bias), alpha=SLOPE)
    return x


def _convolution(graph: GraphBuilder, name: str, x: str, scale: str | None = None) -> str:
    """Convolve without changing the size; `scale` multiplies weight and bias."""
    weight, bias = graph.parameter(f"{name}.weight"), graph.parameter(f"{name}.bias")
    if scale is not None:
        weight, bias = graph.node("Mul", weight, scale), graph.node("Mul", bias, scale)
    border = graph.stored[f"{name}.weight"].shape[2] // 2
    return graph.node("Conv", x, weight, bias, pads=[border] * 4)


def _upsampled_convolution(graph: GraphBuilder, name: str, x: str, taps: Sequence[float]) -> str:
    """Convolve after x2 upsampling, as one transposed convolution: see `upsampling_kernel`."""
    outputs, inputs = graph.stored[f"{name}.weight"].shape[:2]
    kernel = graph.node("Transpose", graph.parameter(f"{name}.weight"), perm=[1, 0, 2, 3])
    backwards = graph.constant([2, 1, 0])
    for axis in (2, 3):
        kernel = graph.node("Gather", kernel, backwards, axis=axis)
    kernel = graph.node("Reshape", kernel, graph.constant([-1, 1, 3, 3]))
    spread, border = graph.constant(np.outer(taps, taps)[None, None], np.float32), len(taps) - 1
    kernel = graph.node("Conv", kernel, spread, pads=[border] * 4)
    kernel = graph.node("Reshape", kernel, graph.constant([inputs, outputs, 3 + border, 3 + border]))
    bias = graph.parameter(f"{name}.bias")
    return graph.node("ConvTranspose", x, kernel, bias, strides=[2, 2], pads=[len(taps) // 2] * 4)


def _gate_order(units: int) -> list[int]:
    """Return which rows of torch's LSTM (gates i, f, g, o) ONNX wants where (i, o, f, g)."""
    return [gate * units + row for gate in (0, 3, 1, 2) for row in range(units)]
