"""Attribute memory and correlation graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from admagan.data.correlation import (
    PairCounts,
    conditional_probability,
    correlation_graph,
    count_pairs,
    normalised,
    reweighted_paper,
)
from admagan.networks.memory import AttributeMemory

N, D = 6, 16


def graph_of_pairs(*pairs: tuple[int, int]) -> torch.Tensor:
    """Return a graph in which just these attributes inform each other."""
    graph = torch.eye(N)
    for i, j in pairs:
        graph[i, j] = graph[j, i] = 0.5
    return graph


def rows_with_gradient(memory: AttributeMemory, labels: torch.Tensor) -> list[int]:
    memory(labels).square().sum().backward()
    assert memory.table.grad is not None
    return torch.nonzero(memory.table.grad.abs().sum(1)).flatten().tolist()


def test_sample_aware_moves_only_rows_that_are_there() -> None:
    labels = torch.zeros(2, N)
    labels[0, 1] = labels[1, 4] = 1
    assert rows_with_gradient(AttributeMemory(N, D, "sample_aware"), labels) == [1, 4]


def test_sample_joint_moves_co_occurring_rows_too() -> None:
    labels = torch.zeros(1, N)
    labels[0, 1] = 1
    graph = graph_of_pairs((1, 2), (3, 4))
    assert rows_with_gradient(AttributeMemory(N, D, "sample_joint", graph), labels) == [1, 2]


def test_fixed_learns_nothing() -> None:
    memory = AttributeMemory(N, D, "fixed")
    assert not memory(torch.ones(1, N)).requires_grad
    assert not [p for p in memory.parameters() if p.requires_grad]


@pytest.mark.parametrize("mode", ["fixed", "sample_aware", "sample_joint"])
def test_folded_equals_unfolded(mode: str) -> None:
    memory = AttributeMemory(N, D, mode, graph_of_pairs((0, 5), (1, 2)))  # type: ignore[arg-type]
    memory.initialise(torch.randn(N, D))
    labels = torch.rand(4, N)
    torch.testing.assert_close(labels @ memory.rows(), memory(labels))


def test_memory_errors_name_the_field() -> None:
    with pytest.raises(
        ValueError, match=r"memory\.mode: expected fixed, sample_aware or sample_joint, found 'learned'"
    ):
        AttributeMemory(N, D, "learned")  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"labels: expected a tensor of shape \(any, 6\), found shape \(2, 5\)"
    ):
        AttributeMemory(N, D)(torch.zeros(2, 5))
    with pytest.raises(ValueError, match=r"phrase embeddings"):
        AttributeMemory(N, D).initialise(torch.zeros(N, D + 1))
    with pytest.raises(ValueError, match=r"memory graph"):
        AttributeMemory(N, D, graph=torch.eye(N + 1))


@st.composite
def labelled(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 8)))
    bits = st.lists(st.booleans(), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1])
    return np.reshape(draw(bits), shape).astype(np.float32), np.reshape(draw(bits), shape).astype(bool)


@given(labelled(), st.sampled_from(["paper", "released"]))
def test_graph_is_finite_whatever_was_counted(data: tuple[np.ndarray, np.ndarray], variant: str) -> None:
    labels, known = data
    for mask in (None, known):
        graph = correlation_graph(count_pairs(labels, mask), variant=variant)  # type: ignore[arg-type]
        assert np.isfinite(graph).all()
        assert (graph >= 0).all()
        assert (np.diag(graph) > 0).all()


@given(labelled(), st.floats(0.05, 1), st.floats(0, 0.95))
def test_rows_and_diagonal_follow_the_formula(
    data: tuple[np.ndarray, np.ndarray], tau: float, p: float
) -> None:
    counts = count_pairs(data[0])
    joined = conditional_probability(counts) >= tau
    weights = reweighted_paper(joined, p)
    n = len(weights)
    for j in range(n):
        neighbours = [k for k in range(n) if k != j and joined[k, j]]
        for i in range(n):
            expected = 1 - p if i == j else p / len(neighbours) if i in neighbours else 0.0
            assert weights[i, j] == pytest.approx(expected)
    degree = weights.sum(1)
    np.testing.assert_allclose(normalised(weights), weights / np.sqrt(np.outer(degree, degree)))


def test_unknown_attributes_are_not_counted_as_absent() -> None:
    labels = np.array([[1, 1], [1, 0], [1, 0]], dtype=np.float32)
    known = np.array([[1, 1], [1, 0], [1, 1]], dtype=bool)
    assert conditional_probability(count_pairs(labels))[0, 1] == pytest.approx(1 / 3)
    assert conditional_probability(count_pairs(labels, known))[0, 1] == pytest.approx(1 / 2)


def test_edges_of_both_variants_go_the_same_way() -> None:
    # Whoever has attribute 0 has 1 as well, but not the other way round.
    counts = count_pairs(np.array([[1, 1], [0, 1], [0, 1]], np.float32))
    for variant in ("paper", "released"):
        graph = correlation_graph(counts, variant=variant)  # type: ignore[arg-type]
        assert graph[0, 1] > 0
        assert graph[1, 0] == 0


def test_attributes_that_never_occur_or_occur_alone_stay_by_themselves() -> None:
    counts = PairCounts(np.diag([0.0, 5.0, 3.0]), np.array([[0.0] * 3, [5.0] * 3, [3.0] * 3]))
    np.testing.assert_allclose(correlation_graph(counts), np.eye(3))


def test_counts_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="attributes, known"):
        count_pairs(np.zeros((3, 2)), np.zeros((3, 4), dtype=bool))
