"""Tags as people write them, counted and merged."""

from __future__ import annotations

from pathlib import Path

from admagan.bank import AttributeBank
from admagan.data.manifest import Entry, Manifest
from admagan.data.tags import TagReport, read_tags
from admagan.schema.bank import ATTRIBUTES, BankSettings
from admagan.schema.records import Attribute, Record


def manifest_of(root: Path, *tags: object) -> Manifest:
    records = [Record.model_validate({"file_name": f"{i}.png", "tags": tag}) for i, tag in enumerate(tags)]
    entries = tuple(Entry(record, i + 1, root / record.file_name) for i, record in enumerate(records))
    return Manifest(root, root / "metadata.jsonl", entries)


def counted(report: TagReport) -> dict[str, int]:
    return {attribute.name: attribute.count for attribute in report.attributes}


def test_spellings_are_merged_under_the_most_frequent(tmp_path: Path) -> None:
    tags = [["T-Shirt"], ["t shirts"], ["tshirt"], ["tshirt"], ["TShirts", "tshirt"], ["Navy_Blue"], ["blue"]]
    report = read_tags(manifest_of(tmp_path, *tags))
    assert counted(report) == {"tshirt": 5, "blue": 1, "navy blue": 1}
    assert report.merged == {"tshirt": ("t shirts", "t-shirt", "tshirts")}
    assert (report.threshold, report.images, report.tagged) == (1, 7, 7)


def test_a_value_is_named_with_its_group_where_another_has_it_too_rarely(tmp_path: Path) -> None:
    tags = [{"hat": "pink", "shirt": "blue"}] * 3 + [{"hat": "red", "shirt": "pink"}] + [None] * 2000
    report = read_tags(manifest_of(tmp_path, *tags), BankSettings(min_count=2))
    assert counted(report)["pink hat"] == 3
    assert ("pink", "shirt", 1) in [(tag.name, tag.group, tag.count) for tag in report.dropped]


def test_a_list_of_nothing_has_no_attributes(tmp_path: Path) -> None:
    report = read_tags(manifest_of(tmp_path, ["none"], ["no", "hat"], ["yes"], ["N/A"]))
    assert counted(report) == {"hat": 1}
    assert report.tagged == 4


def test_rare_tags_and_those_beyond_the_maximum_are_named(tmp_path: Path) -> None:
    tags = [["hat", "beard"]] * 3 + [["beard"]] * 2 + [["scarf"]] + [None] * 2000
    report = read_tags(manifest_of(tmp_path, *tags), BankSettings(min_count=2, max_attributes=1))
    assert counted(report) == {"beard": 5}
    assert [(tag.name, tag.count, tag.reason) for tag in report.dropped] == [
        ("hat", 3, "beyond the maximum"),
        ("scarf", 1, "rare"),
    ]
    assert report.tagged == 6


def test_the_threshold_is_smaller_for_small_sets() -> None:
    settings = BankSettings()
    assert [settings.threshold(n) for n in (0, 5, 200, 201, 1999, 2000, 10**6)] == [1, 1, 1, 2, 10, 10, 10]


def test_a_value_of_two_groups_is_named_with_its_group(tmp_path: Path) -> None:
    tags = [{"hat": "Blue", "shirt": "red"}, {"hat": "red", "shirt": "blue"}, {"hat": "green"}]
    report = read_tags(manifest_of(tmp_path, *tags))
    names = [(attribute.name, attribute.group) for attribute in report.attributes]
    assert names == [
        ("blue hat", "hat"),
        ("green", "hat"),
        ("red hat", "hat"),
        ("blue shirt", "shirt"),
        ("red shirt", "shirt"),
    ]
    y, known = AttributeBank(report.attributes).encode({"hat": "blue"})
    assert y.tolist() == [1, 0, 0, 0, 0]
    assert known.tolist() == [True, True, True, False, False]


def test_a_value_of_two_groups_and_the_same_pictures_is_one(tmp_path: Path) -> None:
    tags = [{"category": "Watches", "article": "watch"}] * 9 + [{"category": "Shoes", "article": "Boots"}] * 2
    tags += [{"category": "Shoes", "article": "Heels"}]
    report = read_tags(manifest_of(tmp_path, *tags))
    names = [(attribute.name, attribute.group) for attribute in report.attributes]
    assert names == [("shoes", "category"), ("watch", "article"), ("boots", "article"), ("heels", "article")]
    assert report.merged == {"watch": ("watches",)}


def test_yes_no_unknown_and_a_list_among_groups(tmp_path: Path) -> None:
    tags = [{"beard": "yes"}, {"beard": "no"}, {"beard": "unknown"}, {"beard": ""}, ["n/a", "beard"]]
    report = read_tags(manifest_of(tmp_path, *tags))
    assert [(a.name, a.group, a.count) for a in report.attributes] == [("beard", "beard", 2)]


def test_attributes_json_has_the_last_word(tmp_path: Path) -> None:
    hat = Attribute(name="blue hat", group="Hat", phrases={"zh": ["蓝帽"], "fr": ["chapeau bleu"]})
    AttributeBank((hat,)).write(tmp_path / ATTRIBUTES)
    tags = [["Blue Hats"], ["蓝帽"], {"hat": "BLUE"}, {"hat": "red"}]
    report = read_tags(manifest_of(tmp_path, *tags))
    assert counted(report) == {"blue hat": 3, "red": 1}
    assert report.attributes[0].group == "Hat"
    assert report.attributes[0].phrases == {"zh": ["蓝帽"]}  # French is not among the languages asked for


def test_no_tags_give_no_attributes(tmp_path: Path) -> None:
    report = read_tags(manifest_of(tmp_path, None, [], {}))
    assert report.attributes == ()
    assert report.tagged == 2
