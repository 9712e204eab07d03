"""Damaged metadata and damaged pictures at random: findings with file and line, never anything else."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admagan.data.check import Report, check_data_set
from admagan.errors import InputError
from admagan.schema.records import Record

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

any_text = st.text(st.characters(exclude_categories=()), max_size=8)  # halves of surrogate pairs as well
leaves = st.none() | st.booleans() | st.integers() | st.floats() | any_text
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
)
file_names = st.sampled_from(
    ["images/1.png", "./images/1.png", "images", ".", "", "\n", "a" * 300, "images/1.png/x"]
)
records = st.fixed_dictionaries(
    {},
    optional={
        "file_name": file_names | any_text,
        "text": any_text | st.lists(any_text, max_size=3) | values,
        "tags": st.dictionaries(any_text, any_text | values, max_size=3) | values,
        "split": st.sampled_from(["train", "test", "validation"]) | values,
        "bbox": st.lists(st.floats() | st.integers(), min_size=3, max_size=5) | values,
        "id": any_text | values,
        "other": values,
    },
)
damages = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8)


def check_and_fix(root: Path, out: Path) -> Report:
    """Whatever the damage: a report in which each error about a line names it, and a whole copy or none."""
    out.unlink(missing_ok=True)
    others = sorted(root.parent.iterdir())
    lines = len((root / "metadata.jsonl").read_bytes().split(b"\n"))
    try:
        report = check_data_set(root, fix=out)
    except InputError as error:
        assert error.where == "--fix"  # noqa: PT017
        report = check_data_set(root)
    else:
        text = out.read_text(encoding="utf-8")
        assert all(Record.parse(json.loads(line), "fixed") for line in text.splitlines())
        out.unlink()
    for finding in report.findings:
        assert finding.file == "metadata.jsonl"
        assert finding.line is None or 1 <= finding.line <= lines
        assert finding.message
        assert finding.mend
    assert all(f.line is not None or f.check == "train-too-small" for f in report.errors)
    json.dumps(report.to_json())
    assert sorted(root.parent.iterdir()) == others
    return report


@SETTINGS
@given(extra=st.lists(records | values, max_size=4))
def test_records_of_any_shape(small_set: Path, extra: list[object]) -> None:
    file = small_set / "metadata.jsonl"
    kept = file.read_text(encoding="utf-8").splitlines()[:3]
    file.write_text("\n".join([*kept, *map(json.dumps, extra)]), encoding="utf-8")
    check_and_fix(small_set, small_set.parent / "fixed.jsonl")


@SETTINGS
@given(damage=damages, cut=st.integers(0, 3000))
def test_bytes_changed_anywhere_in_the_metadata(
    small_set: Path, damage: list[tuple[int, int]], cut: int
) -> None:
    file = small_set / "metadata.jsonl"
    good = file.read_bytes()
    data = bytearray(good[: len(good) - cut] or b"x")
    for place, value in damage:
        data[place % len(data)] = value
    file.write_bytes(bytes(data))
    check_and_fix(small_set, small_set.parent / "fixed.jsonl")
    file.write_bytes(good)


@SETTINGS
@given(damage=damages, which=st.integers(0, 23), cut=st.integers(0, 200))
def test_bytes_changed_anywhere_in_a_picture(
    small_set: Path, damage: list[tuple[int, int]], which: int, cut: int
) -> None:
    path = small_set / "images" / f"{which}.png"
    good = path.read_bytes()
    data = bytearray(good[: len(good) - cut] or b"x")
    for place, value in damage:
        data[place % len(data)] = value
    path.write_bytes(bytes(data))
    report = check_and_fix(small_set, small_set.parent / "fixed.jsonl")
    assert {finding.line for finding in report.errors} <= {which + 1}
    path.write_bytes(good)
