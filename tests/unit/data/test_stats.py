"""The statistics: numbers against other ways to compute them, and a report that is whole or absent."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from admagan.bank import AttributeBank
from admagan.data.manifest import read_manifest
from admagan.data.stats import collect, write_stats
from admagan.data.stats.charts import drawable
from admagan.data.stats.collect import choose_samples, correlate, describe_captions
from admagan.data.stats.page import draw_charts, heat_map_order, render
from admagan.errors import InputError
from admagan.schema.model import TextConfig
from admagan.schema.records import Attribute


def bank_of(y: np.ndarray) -> AttributeBank:
    return AttributeBank(tuple(Attribute(name=f"a{i}", count=int(n)) for i, n in enumerate(y.sum(axis=0))))


def rewrite(root: Path, change: Callable[[dict], object]) -> None:
    file = root / "metadata.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        change(line)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_correlation_is_numpys_where_all_is_known() -> None:
    y = (np.random.default_rng(0).random((500, 6)) < 0.3).astype(np.float32)
    y[:, 1] = np.maximum(y[:, 0], y[:, 1])
    correlation = correlate(bank_of(y), y, np.ones_like(y, dtype=bool))
    expected = np.corrcoef(y.T)
    assert correlation.pairs[0].first == "a0"
    assert correlation.pairs[0].second == "a1"
    assert correlation.pairs[0].forward == 1
    for pair in correlation.pairs:
        i, j = int(pair.first[1]), int(pair.second[1])
        assert pair.phi == pytest.approx(expected[i, j])
        assert pair.forward == pytest.approx((y[:, i] * y[:, j]).sum() / y[:, i].sum())
        assert pair.count == (y[:, i] * y[:, j]).sum()
        assert pair.forward >= max(pair.backward, correlation.tau)


def test_correlation_leaves_out_what_is_unknown() -> None:
    random = np.random.default_rng(0)
    y = (random.random((400, 2)) < 0.5).astype(np.float32)
    y[:, 1] = y[:, 0]
    known = random.random(y.shape) < 0.7
    pair = correlate(bank_of(y), y * known, known).pairs[0]
    assert (pair.forward, pair.backward, round(pair.phi, 9)) == (1, 1, 1)


def test_attributes_that_never_or_always_occur_divide_nothing_by_zero() -> None:
    y = np.zeros((20, 3), dtype=np.float32)
    y[:, 1] = 1
    correlation = correlate(bank_of(y), y, np.ones_like(y, dtype=bool))
    assert correlation.pairs == ()
    assert correlation.alone == ("a0", "a1", "a2")
    assert np.isfinite(correlation.graph).all()


def test_the_heat_map_puts_together_what_occurs_together() -> None:
    y = np.zeros((400, 8), dtype=np.float32)
    y[::2, ::2] = 1  # even attributes on even rows, odd ones on odd rows
    y[1::2, 1::2] = 1
    y *= np.random.default_rng(0).random(y.shape) < 0.8
    bank = bank_of(y)
    order = heat_map_order(bank, correlate(bank, y, np.ones_like(y, dtype=bool)))
    assert sorted(order) == list(range(8))
    assert len({index % 2 for index in order[:4]}) == 1


def test_samples_are_the_same_every_time_and_readable(small_set: Path) -> None:
    manifest, bank = read_manifest(small_set), AttributeBank(())
    first = [sample.entry.line for sample in choose_samples(manifest, bank, 8)]
    assert first == [sample.entry.line for sample in choose_samples(manifest, bank, 8)]
    assert first != sorted(first)
    manifest.entries[first[0] - 1].path.unlink()
    assert [sample.entry.line for sample in choose_samples(manifest, bank, 7)] == first[1:]


def test_captions_are_counted_in_tokens_and_words(small_set: Path) -> None:
    rewrite(small_set, lambda line: line.update(text=["A hat $5 ", "a hat $5", "一顶帽子"]))
    captions = describe_captions(read_manifest(small_set), TextConfig(vocabulary=300, max_tokens=3))
    assert (captions.count, captions.distinct, captions.per_picture) == (72, 3, 3)
    assert dict(captions.frequent) == {"hat": 48, "一": 24, "顶": 24, "帽": 24, "子": 24}
    assert captions.tokens.shape == (72,)
    assert captions.cut == pytest.approx((captions.tokens > 3).mean())


def test_letters_without_a_glyph_are_left_out() -> None:
    assert drawable(["a hat"]) == "a hat"
    assert drawable(["\U0010ffff\U0010fffe", "a\U0010ffff b"]) == "a b"
    assert drawable([]) == ""


def test_the_page_holds_what_was_found_and_loads_nothing(small_set: Path) -> None:
    rewrite(
        small_set,
        lambda line: line["tags"].update(colour=line["tags"]["colour"].upper(), rare=line["file_name"]),
    )
    rewrite(small_set, lambda line: line.update(text="<script>alert(1)</script> for $5 or $6"))
    statistics = collect(read_manifest(small_set))
    charts = draw_charts(statistics)
    page = render(statistics, charts)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; for $5" in page
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([^:"]*)', page)) == {"data"}
    assert not re.search(r"url\(|@import|https?://", page)
    for name in ("red", "small", "images/9.png", "train 16", "validation 4", "test 4"):
        assert name in page
    for chart in charts.values():
        assert Image.open(io.BytesIO(chart)).format == "PNG"


def no_tags(line: dict) -> None:
    line.pop("tags")


def nothing_in_common(line: dict) -> None:
    line.update(tags=None, text=line["file_name"].replace("/", "x").replace(".", "x"))


def one_tag(line: dict) -> None:
    line.update(tags=["thing"], text=[])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (no_tags, "How captions became attributes"),
        (nothing_in_common, "steered by sentences alone"),
        (one_tag, "thing"),
    ],
)
def test_sets_with_little_to_show(small_set: Path, tmp_path: Path, change: Callable, says: str) -> None:
    rewrite(small_set, change)
    page = write_stats(small_set, tmp_path / "report").read_text(encoding="utf-8")
    assert says in page


def test_a_set_without_training_records_is_named(small_set: Path) -> None:
    rewrite(small_set, lambda line: line.update(split="test"))
    with pytest.raises(InputError, match="train split"):
        collect(read_manifest(small_set))


def test_only_an_earlier_report_is_replaced(small_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    out.mkdir()
    for name in ("stats.json", "thesis.txt"):
        (out / name).touch()
    with pytest.raises(InputError, match="--out"):
        write_stats(small_set, out)
    (out / "thesis.txt").unlink()
    write_stats(small_set, out)
    write_stats(small_set, out)
    assert sorted(path.name for path in out.iterdir()) == [
        "attributes.png",
        "captions.png",
        "correlation.png",
        "index.html",
        "samples.png",
        "stats.json",
    ]
    for other in (small_set, small_set / "metadata.jsonl"):
        with pytest.raises(InputError, match="--out"):
            write_stats(small_set, other)
    assert (small_set / "metadata.jsonl").is_file()


def test_a_damaged_record_leaves_the_report_as_it_was(small_set: Path, tmp_path: Path) -> None:
    (small_set / "metadata.jsonl").write_text('{"file_name": 1}\n')
    with pytest.raises(InputError, match=r"metadata\.jsonl:1"):
        write_stats(small_set, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_the_split_of_samples_is_marked(small_set: Path) -> None:
    statistics = collect(read_manifest(small_set))
    only = replace(statistics, samples=tuple(s for s in statistics.samples if s.split == "test"))
    assert render(only, draw_charts(only)).count('<span class="mark">test</span>') == 4
