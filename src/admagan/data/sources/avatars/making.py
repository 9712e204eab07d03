"""Make the data set: draw every picture in parallel, write the folder aside, then give it its name."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from admagan.data.sources.avatars.captions import captions
from admagan.data.sources.avatars.card import card
from admagan.data.sources.avatars.phrases import attributes
from admagan.data.sources.avatars.rendering import check_packages, render
from admagan.data.sources.avatars.sampling import draw, picture_random
from admagan.data.sources.avatars.splits import split_for
from admagan.errors import InputError
from admagan.files import require_new, written_aside
from admagan.progress import progress_bar
from admagan.schema.bank import ATTRIBUTES, AttributeFile
from admagan.schema.records import Record

SMALLEST, LARGEST = 32, 512
_CHUNK = 50


def make_avatars(
    out: Path, count: int = 20_000, size: int = 64, seed: int = 0, workers: int | None = None
) -> Path:
    """Make a data set folder of `count` avatars, `size` pixels wide and high, and return its path.

    The folder holds metadata.jsonl, attributes.json (names, groups, phrases in English and Chinese, and how
    many training pictures have each), README.md (the card, with licences) and images/. The same `count`,
    `size` and `seed` give the same bytes, whatever the number of `workers` (None: one per processor), and a
    larger `count` begins with the pictures of a smaller one.

    Raises:
        InputError: An argument is out of range, `out` is there already, or a package for drawing is missing.
    """
    _check(out, count, size, workers)
    check_packages()
    with written_aside(out) as aside:
        (aside / "images").mkdir(parents=True)
        records = _make_all(aside, count, size, seed, workers or _processors())
        lines = (record.model_dump_json(exclude_none=True) + "\n" for record in records)
        (aside / "metadata.jsonl").write_text("".join(lines), encoding="utf-8")
        counts = _training_counts(records)
        counted = tuple(each.model_copy(update={"count": counts[each.name]}) for each in attributes())
        AttributeFile(attributes=counted).write(aside / ATTRIBUTES)
        text = card(size, seed, Counter(record.split for record in records), counted)
        (aside / "README.md").write_text(text, encoding="utf-8")
    return out


def make_picture(seed: int, index: int, size: int) -> tuple[Record, bytes]:
    """Return the record and the PNG of one picture."""
    drawing = draw(picture_random(seed, index, "drawing"))
    record = Record(
        file_name=f"images/{index:06d}.png",
        text=[caption.text for caption in captions(drawing, picture_random(seed, index, "captions"))],
        tags=drawing.grouped(),
        split=split_for(drawing.tags, picture_random(seed, index, "split")),
    )
    return record, render(drawing, size)


def _check(out: Path, count: int, size: int, workers: int | None) -> None:
    if count < 1:
        raise InputError("--count", "at least 1 picture", count)
    if not SMALLEST <= size <= LARGEST:
        raise InputError("--size", f"{SMALLEST} to {LARGEST} pixels", size)
    if workers is not None and workers < 1:
        raise InputError("--workers", "at least 1 process", workers)
    require_new(out)


def _make_all(folder: Path, count: int, size: int, seed: int, workers: int) -> list[Record]:
    """Write the pictures below `folder` and return their records in order."""
    chunks = [range(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    make = partial(_make_chunk, folder, size, seed)
    records: list[Record] = []
    with progress_bar() as bar:
        task = bar.add_task("drawing avatars", total=count)
        for made in map(make, chunks) if workers == 1 else _in_parallel(make, chunks, workers):
            records += made
            bar.advance(task, len(made))
    return records


def _in_parallel(
    make: Callable[[range], list[Record]], chunks: Sequence[range], workers: int
) -> Iterator[list[Record]]:
    """Yield the records of each chunk in order, made by `workers` processes."""
    pool = ProcessPoolExecutor(
        min(workers, len(chunks)), multiprocessing.get_context("spawn"), initializer=_follow_parent
    )
    try:
        for job in [pool.submit(make, chunk) for chunk in chunks]:
            yield job.result()
    except BrokenProcessPool as error:
        raise InputError(
            "drawing avatars", "worker processes that live", "one that was killed", "Use fewer --workers."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _make_chunk(folder: Path, size: int, seed: int, indices: range) -> list[Record]:
    records: list[Record] = []
    for index in indices:
        record, png = make_picture(seed, index, size)
        (folder / record.file_name).write_bytes(png)
        records.append(record)
    return records


def _training_counts(records: Sequence[Record]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for record in records:
        if record.split == "train" and isinstance(record.tags, dict):
            for values in record.tags.values():
                counts.update([values] if isinstance(values, str) else values)
    return counts


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow_parent() -> None:
    """Make a worker ignore Ctrl-C, which its parent handles, and end with its parent, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_parent, daemon=True).start()


def _end_after_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
