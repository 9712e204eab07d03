"""Reading metadata: what is accepted, what every kind of damage is called, and how splits are made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admagan.data.manifest import captions_of, read_manifest, split_of, stated_tags
from admagan.errors import InputError
from admagan.schema.records import Record


def write(root: Path, *lines: str | bytes | dict[str, object]) -> Path:
    encoded = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    (root / "metadata.jsonl").write_bytes(b"\n".join(encoded))
    return root


def test_reads_records_with_lines_and_absolute_paths(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"file_name": "a/1.jpg", "text": "a hat", "tags": ["hat"], "bbox": [0, 1, 2.5, 3]},
        "",
        {"file_name": "2.jpg", "text": ["one", "two"], "tags": {"colour": ["red", "blue"]}, "id": "x"},
    )
    manifest = read_manifest(tmp_path)
    first, second = manifest.entries
    assert (first.line, second.line) == (1, 3)
    assert first.path == tmp_path / "a" / "1.jpg"
    assert first.record.text == ["a hat"]
    assert second.record.key == "x"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path, b'\xef\xbb\xbf{"file_name": "1.jpg"}\r', b'{"file_name": "2.jpg"}\r')
    assert [entry.record.file_name for entry in read_manifest(tmp_path).entries] == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"file_name": "1.jpg"', "valid JSON"),
        ("[1, 2]", "one JSON object"),
        ('{"file_name": "1.jpg", "caption": "x"}', "Known fields: file_name, text"),
        ('{"file_name": "1.jpg", "text": 3}', "text"),
        ('{"text": "x"}', "file_name"),
        ('{"file_name": "1.jpg", "bbox": [1, 2, 3, NaN]}', "bbox.3"),
        ('{"file_name": "1.jpg", "text": "a", "text": "b"}', "'text' twice"),
        ('{"file_name": "../1.jpg"}', "below the data set folder"),
        ('{"file_name": "/etc/passwd"}', "below the data set folder"),
        ('{"file_name": "C:\\\\1.jpg"}', "below the data set folder"),
        ('{"file_name": "a\\u0000.jpg"}', "below the data set folder"),
        ('{"file_name": "\\ud800.jpg"}', r"half of one, \ud800"),
        ('{"file_name": "1.jpg", "text": "cut \\ud83d"}', r"half of one, \ud83d"),
        ('{"file_name": "1.jpg", "bbox": [1, 2, 3]}', "bbox.3: expected a value, found none"),
        ('{"file_name": "1.jpg", "tags": {"beard": true}}', "tags.beard: expected text"),
        ('{"file_name": "1.jpg", "tags": {"beard": ["red", 3]}}', "tags.beard: expected text"),
        ('{"file_name": "1.jpg", "tags": 3}', "tags: expected text"),
        (b'{"file_name": "\xff.jpg"}', "UTF-8"),
        ("[" * 100_000, "valid JSON"),
        ('{"file_name": "ok.jpg"}', "as in line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str | bytes, message: str) -> None:
    write(tmp_path, {"file_name": "ok.jpg"}, line)
    with pytest.raises(InputError, match=r"metadata\.jsonl:2") as raised:
        read_manifest(tmp_path)
    assert message in str(raised.value)


@pytest.mark.parametrize("make", [lambda root: None, lambda root: root.mkdir(), lambda root: root.touch()])
def test_a_folder_without_metadata_is_named(tmp_path: Path, make: object) -> None:
    make(tmp_path / "set")  # type: ignore[operator]
    with pytest.raises(InputError, match=r"metadata\.jsonl or metadata\.csv"):
        read_manifest(tmp_path / "set")


def test_metadata_without_records_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one record"):
        read_manifest(write(tmp_path, "", " "))


def test_csv_cells_are_the_json_fields(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text(
        "\ufefffile_name,text,tags,split,bbox,id\n"
        '1.jpg,"a hat, red","{""colour"": ""red""}",test,"[1, 2, 3, 4]",one\n'
        '2.jpg,"[""one"", ""two""]","blue, hat",,,\n'
        '3.jpg,"[Brand] two\nlines",,,,\n'
        "4.jpg,plain,,,,\n",
        encoding="utf-8",
    )
    one, two, three, four = read_manifest(tmp_path).entries
    assert one.record == Record(
        file_name="1.jpg",
        text="a hat, red",
        tags={"colour": "red"},
        split="test",
        bbox=(1, 2, 3, 4),
        id="one",
    )
    assert two.record.text == ["one", "two"]
    assert two.record.tags == ["blue", "hat"]
    assert three.record.text == ["[Brand] two\nlines"]
    assert three.record.tags is None
    assert (three.line, four.line) == (4, 6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file_name,text,price\n1.jpg,x,3\n", ":2: price: expected no such field, found '3'"),
        ("file_name;text\n1.jpg;x\n", ":1: expected a column file_name, found file_name;text"),
        ("file_name,text,text\n", "each column once"),
        ("text\nx\n", "a column file_name"),
        ("file_name,text\n1.jpg,a, b\n", ":2: expected 2 cells"),
        ('file_name,tags\n1.jpg,"{""a"": "\n', ":2: tags: expected valid JSON"),
        ('file_name,text\n1.jpg,"never closed\n', ":2: expected valid CSV"),
        ("file_name,split\n1.jpg,holdout\n", ":2: split"),
    ],
)
def test_a_bad_csv_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "metadata.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_manifest(tmp_path)
    assert "metadata.csv" + message in str(raised.value) or message in str(raised.value)


def test_csv_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_bytes(b"file_name,text\n1.jpg,caf\xe9\n")
    with pytest.raises(InputError, match=r"metadata\.csv:2: expected UTF-8"):
        read_manifest(tmp_path)


def test_unnamed_splits_come_from_the_file_name_alone(tmp_path: Path) -> None:
    manifest = read_manifest(write(tmp_path, *({"file_name": f"{i}.jpg"} for i in range(2000))))
    sizes = {name: len(manifest.split(name)) for name in ("train", "validation", "test")}
    assert sum(sizes.values()) == 2000
    assert 60 < sizes["test"] < 140
    assert 60 < sizes["validation"] < 140
    assert manifest.splits[7] == split_of(Record(file_name="7.jpg"))
    # Written down so that no change of the hash moves pictures between splits of existing models.
    assert [i for i in range(120) if manifest.splits[i] == "test"] == [26, 96, 115]
    # Records of one picture, as of several boxes in it, may not be divided between training and measuring.
    assert {split_of(Record(file_name="7.jpg", id=str(i))) for i in range(200)} == {manifest.splits[7]}


def test_validation_is_carved_out_of_train_where_only_train_and_test_are_named(tmp_path: Path) -> None:
    lines = ({"file_name": f"{i}.jpg", "split": "test" if i % 10 == 0 else "train"} for i in range(1000))
    manifest = read_manifest(write(tmp_path, *lines))
    assert len(manifest.split("test")) == 100
    assert 20 < len(manifest.split("validation")) < 80
    assert manifest.split("validation").split("validation") == manifest.split("validation")
    assert {entry.record.split for entry in manifest.split("validation").entries} == {"train"}


def test_named_validation_is_left_alone(tmp_path: Path) -> None:
    lines = ({"file_name": f"{i}.jpg", "split": "validation" if i == 0 else "train"} for i in range(100))
    assert len(read_manifest(write(tmp_path, *lines)).split("validation")) == 1


def test_the_fingerprint_tells_content_and_order(tmp_path: Path) -> None:
    a, b = {"file_name": "a.jpg", "text": "x"}, {"file_name": "b.jpg"}
    print_of = lambda *lines: read_manifest(write(tmp_path, *lines)).fingerprint()  # noqa: E731
    assert print_of(a, b) == print_of({"text": ["x"], "file_name": "a.jpg"}, "", b)
    assert len({print_of(a, b), print_of(b, a), print_of(a), print_of({**a, "text": "y"}, b)}) == 4


def test_captions_fall_back_on_tags() -> None:
    assert captions_of(Record(file_name="a", text=[" ", "x "], tags=["hat"])) == ["x"]
    assert captions_of(Record(file_name="a", text="", tags={"colour": ["red", "blue"], "kind": "hat"})) == [
        "red, blue, hat"
    ]
    assert captions_of(Record(file_name="a", tags=[" "])) == []
    assert list(stated_tags(Record(file_name="a", tags={" a": ["x ", ""]}))) == [("a", "x")]


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    root = tmp_path_factory.getbasetemp() / "fuzz"
    root.mkdir(exist_ok=True)
    for name in ("metadata.jsonl", "metadata.csv"):
        for other in root.iterdir():
            other.unlink()
        (root / name).write_bytes(data)
        try:
            read_manifest(root)
        except InputError as error:
            assert name in str(error)  # noqa: PT017
