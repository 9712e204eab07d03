"""`--fix`: a cleaned copy of the metadata; the original is never touched."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from admagan.data.check.findings import Finding
from admagan.data.check.subject import Subject
from admagan.data.shards import has_shards
from admagan.errors import InputError
from admagan.files import is_there, write_text
from admagan.schema.records import Record


def write_fixed(subject: Subject, findings: Collection[Finding], path: Path) -> None:
    """Write the records that no finding drops to the new file `path`, as JSON lines.

    Image names stay relative to the data set folder: the copy takes effect where it replaces the original.

    Raises:
        InputError: There is such a file already, nothing can be kept, or shards depend on the records.
    """
    if path.suffix != ".jsonl":
        raise InputError("--fix", "a file name that ends in .jsonl", path)
    if is_there(path):
        raise InputError(
            "--fix", "a new file", path, "Nothing is replaced: write the cleaned copy elsewhere."
        )
    if has_shards(subject.root):
        hint = "Mend the data set that they were made of, and shard it anew."
        raise InputError("--fix", "a data set of single pictures", "shards", hint)
    records = fixed_records(subject, findings)
    if not records:
        first = next((f"{each.file}:{each.line}: {each.message}" for each in findings if each.drop), "")
        hint = f"Mend the data set by hand. {first}".strip()
        raise InputError("--fix", "at least one record that can be kept", "none", hint)
    write_text(path, "".join(_json_line(record) for record in records))


def fixed_records(subject: Subject, findings: Iterable[Finding]) -> list[Record]:
    """Return the records to keep, each name once, without blank captions."""
    dropped = {finding.line for finding in findings if finding.drop}
    kept: dict[str, Record] = {}
    for entry in subject.manifest.entries:
        if entry.line in dropped:
            continue
        record = _without_blanks(entry.record)
        earlier = kept.get(record.key)
        if earlier is not None and earlier.file_name != record.file_name:
            # Another picture under the same id: its file name names it.
            record = record.model_copy(update={"id": None})
            earlier = kept.get(record.key)
        kept[record.key] = _merged(earlier, record) if earlier else record
    return list(kept.values())


def _without_blanks(record: Record) -> Record:
    return record.model_copy(update={"text": [text for text in record.text if text.strip()]})


def _merged(first: Record, second: Record) -> Record:
    """Join two records of one picture: all captions, and the first's other fields, where it has them."""
    text = list(dict.fromkeys([*first.text, *second.text]))
    return Record.model_validate(
        {**second.model_dump(exclude_none=True), **first.model_dump(exclude_none=True), "text": text}
    )


def _json_line(record: Record) -> str:
    return json.dumps(record.model_dump(mode="json", exclude_none=True), ensure_ascii=False) + "\n"
