"""Shards: written whole, read back the same, shared without overlap, and nothing in them executed."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from admagan.bank import AttributeBank
from admagan.data.augment import permutation
from admagan.data.check import check_data_set
from admagan.data.dataset import Batch, Samples
from admagan.data.manifest import Manifest, read_manifest
from admagan.data.shard_reading import read_in_order
from admagan.data.shards import has_shards, read_shard_index, write_shards
from admagan.data.stats.collect import choose_samples
from admagan.data.streaming import ShardStream
from admagan.errors import InputError
from admagan.schema.data import DataSettings

COUNT = 40
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Manifest:
    """40 training pictures, of red 6 * place, as PNG, JPEG and GIF; 3 for the test split; a bank."""
    root = tmp_path_factory.mktemp("data")
    lines = []
    for i in range(COUNT + 3):
        name = f"{i}.{['png', 'jpg', 'gif'][i % 3]}"
        Image.new("RGB", (12, 10), (6 * i % 256, 90, 90)).save(root / name)
        split = "train" if i < COUNT else "test"
        lines.append(json.dumps({"file_name": name, "text": f"Bild {i} 帽子", "split": split, "tags": ["a"]}))
    (root / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (root / "attributes.json").write_text('{"format": 1, "attributes": []}')
    return read_manifest(root)


@pytest.fixture(scope="module")
def sharded(manifest, tmp_path_factory) -> Manifest:
    """The same as shards of about 1 kB."""
    out = tmp_path_factory.mktemp("shards") / "out"
    write_shards(manifest, out, shard_mb=0.001)
    return read_manifest(out)


def stream(sharded: Manifest, batch_size: int = 4, workers: int = 0, seed: int = 1, **kwargs) -> ShardStream:
    count = len(sharded.split("train"))
    samples = Samples(
        rows=np.arange(count),
        tokens=np.arange(2 * count).reshape(-1, 1),
        lengths=np.ones(2 * count, int),
        captions=np.arange(count + 1) * 2,
        attributes=np.zeros((count, 2), np.float32),
        known=np.zeros((count, 2), bool),
    )
    shards = read_shard_index(sharded).of("train")
    settings = DataSettings(**kwargs)
    return ShardStream(sharded.root, shards, samples, 8, batch_size, seed, settings, workers, buffer=8)


def taken(data: ShardStream, number: int, first: int = 0, rank: int = 0, world: int = 1) -> list[Batch]:
    return [data.batch(step, rank, world) for step in range(first, first + number)]


def indices(batches: list[Batch]) -> list[int]:
    return [int(i) for batch in batches for i in batch.indices]


def equal(one: Batch, other: Batch) -> bool:
    return all(torch.equal(vars(one)[name], vars(other)[name]) for name in vars(one))


def test_records_and_pictures_survive(manifest, sharded):
    assert has_shards(sharded.root)
    assert not has_shards(manifest.root)
    carved = [(entry.record, split) for entry, split in zip(manifest.entries, manifest.splits, strict=True)]
    assert [entry.record for entry in sharded.entries] == [
        record.model_copy(update={"split": split}) for record, split in carved
    ]
    assert (sharded.root / "attributes.json").read_bytes() == (manifest.root / "attributes.json").read_bytes()
    index = read_shard_index(sharded)
    train = sharded.split("train")
    assert sum(shard.samples for shard in index.of("train")) == len(train)
    assert sum(shard.samples for shard in index.of("test")) == 3
    for shard in index.of("train"):
        with tarfile.open(sharded.root / shard.file) as tar:
            members = {member.name: tar.extractfile(member).read() for member in tar}
        assert len(members) == 2 * shard.samples
        for name, content in members.items():
            entry = train.entries[int(name.split(".")[0])]
            if name.endswith(".json"):
                assert json.loads(content)["text"] == entry.record.text
            elif entry.record.file_name.endswith("gif"):
                assert name.endswith(".png")
            else:
                assert content == (manifest.root / entry.record.file_name).read_bytes()


def test_the_same_set_gives_the_same_bytes(manifest, sharded, tmp_path):
    write_shards(manifest, tmp_path / "again", shard_mb=0.001)
    for path in sharded.root.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_an_epoch_holds_every_sample_once(sharded):
    data = stream(sharded, batch_size=1)
    seen = indices(taken(data, 2 * len(data)))
    first, second = seen[: len(data)], seen[len(data) :]
    assert sorted(first) == sorted(second) == list(range(len(data)))
    assert first != second
    assert first != sorted(first)


def test_processes_never_overlap(sharded):
    data = stream(sharded, batch_size=1)
    order = permutation(data.reader.seed, 0, len(data.reader.shards))
    seen: list[int] = []
    for rank in range(3):
        share = sum(data.reader.shards[i].samples for i in order[rank::3])
        assert share > 3
        seen += indices(taken(data, share, 0, rank, 3))
    assert sorted(seen) == list(range(len(data)))


def test_everything_of_a_sample_belongs_together(sharded):
    data = stream(sharded, fit="stretch")
    places = [int(entry.record.file_name.split(".")[0]) for entry in sharded.split("train").entries]
    for batch in taken(data, 20):
        assert batch.images.shape == (4, 3, 8, 8)
        assert batch.images.is_contiguous(memory_format=torch.channels_last)
        red = (batch.images[:, 0, 4, 4] + 1) * 127.5
        wanted = torch.tensor([6.0 * places[i] % 256 for i in batch.indices])
        assert (red - wanted).abs().max() <= 4
        assert torch.equal(batch.tokens[:, 0] // 2, batch.indices)


def test_single_samples_as_they_are(sharded):
    data = stream(sharded, flip=True, random_crop=0.25)
    entries = sharded.split("train").entries
    batch = data.plain(np.array([5, 0, 3, 5]), caption=3)
    assert batch.indices.tolist() == [5, 0, 3, 5]
    assert batch.tokens[:, 0].tolist() == [11, 1, 7, 11]
    for index, image in zip(batch.indices, batch.images, strict=True):
        name = int(entries[index].record.file_name.split(".")[0])
        assert abs((image[0, 4, 4] + 1) * 127.5 - 6 * name % 256) <= 4


def test_the_check_reads_shards_too(manifest, sharded, tmp_path):
    def kinds(root: Path) -> set[str]:
        return {finding.check for finding in check_data_set(root).findings}

    # GIF has become PNG, under its old name.
    assert kinds(sharded.root) - {"image-extension"} == kinds(manifest.root) - {"image-palette"}
    with pytest.raises(InputError, match="single pictures, found shards"):
        check_data_set(sharded.root, fix=tmp_path / "fixed.jsonl")
    root = copied(sharded, tmp_path)
    (root / "train-000001.tar").unlink()
    with pytest.raises(InputError, match="no such file"):
        check_data_set(root)


def test_statistics_show_pictures_from_shards(sharded):
    samples = list(choose_samples(sharded, AttributeBank(()), 5))
    assert len(samples) == 5
    for sample in samples:
        name = int(sample.entry.record.file_name.split(".")[0])
        assert abs(sample.image.getpixel((5, 5))[0] - 6 * name % 256) <= 4


@pytest.mark.parametrize("step", [0, 1, 7, 25])
def test_any_step_can_be_the_first(sharded, step):
    data = stream(sharded, flip=True, random_crop=0.25)
    whole = taken(data, step + 3)
    for one, other in zip(whole[step:], taken(data, 3, step), strict=True):
        assert equal(one, other)
    assert indices(taken(stream(sharded, seed=2), 3)) != indices(whole[:3])


@pytest.mark.parametrize("step", [1, 6])
def test_workers_resume_exactly_too(sharded, step):
    data = stream(sharded, workers=2)
    whole = taken(data, step + 4)
    assert len(set(indices(whole[:4]))) == 16
    for one, other in zip(whole[step:], taken(data, 4, step), strict=True):
        assert equal(one, other)
    assert equal(whole[0], taken(stream(sharded), 1)[0]) is False


def test_too_few_shards_for_the_processes_is_said(manifest, tmp_path):
    write_shards(manifest, tmp_path / "one")
    with pytest.raises(InputError, match=r"a shard for each of 2 processes, found 1"):
        taken(stream(read_manifest(tmp_path / "one")), 1, 0, 0, 2)


def test_a_folder_in_use_is_refused(manifest, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="a new or empty folder"):
        write_shards(manifest, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_shards_are_not_sharded_again(sharded, tmp_path):
    with pytest.raises(InputError, match="single pictures, found shards"):
        write_shards(sharded, tmp_path / "again")
    assert not list(tmp_path.iterdir())


def copied(manifest: Manifest, folder: Path) -> Path:
    for path in manifest.root.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_a_bad_picture_names_file_and_line_and_leaves_nothing(manifest, tmp_path):
    (tmp_path / "data").mkdir()
    root = copied(manifest, tmp_path / "data")
    (root / "7.jpg").write_bytes(b"\xff\xd8 broken")
    with pytest.raises(InputError, match=r"metadata\.jsonl:8: 7\.jpg"):
        write_shards(read_manifest(root), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("damage", ["short", "gone", "records", "bytes"])
def test_damaged_shards_are_named(sharded, tmp_path, damage):
    root = copied(sharded, tmp_path)
    shard = root / "train-000001.tar"
    expected = {"short": "train-000001.tar: expected a file of", "gone": "found no such file"}
    match damage:
        case "short":
            shard.write_bytes(shard.read_bytes()[:-700])
        case "gone":
            shard.unlink()
        case "records":
            text = (root / "metadata.jsonl").read_text().replace("Bild", "Foto")
            (root / "metadata.jsonl").write_text(text)
            expected["records"] = "the records that the shards were made of"
        case "bytes":
            data = bytearray(shard.read_bytes())
            data[600:] = bytes(range(256)) * (len(data) // 256)
            shard.write_bytes(data[: shard.stat().st_size])
            expected["bytes"] = r"train-000001\.tar.*: expected"
    with pytest.raises(InputError, match=expected[damage]):
        taken(stream(read_manifest(root)), 100)


def test_a_damaged_record_is_named(sharded):
    stored = next(read_in_order(sharded.root, read_shard_index(sharded).of("train")))
    with pytest.raises(InputError, match=r"train-\d+\.tar: .*: expected an undamaged record"):
        stored._replace(record=stored.record[:-3]).pixels(32, DataSettings())


def test_an_error_in_a_worker_is_one_message(sharded, tmp_path):
    root = copied(sharded, tmp_path)
    for shard in root.glob("train-*.tar"):
        shard.write_bytes(b"\1" * shard.stat().st_size)
    with pytest.raises(InputError, match=r"train-\d+\.tar: expected an undamaged tar file"):
        taken(stream(read_manifest(root), workers=2), 1)


def test_names_from_the_index_cannot_leave_the_folder(sharded, tmp_path):
    root = copied(sharded, tmp_path)
    text = (root / "shards.json").read_text().replace("train-000000.tar", "../train-000000.tar")
    (root / "shards.json").write_text(text)
    with pytest.raises(InputError, match=r"shards\.json: shards\.0\.file"):
        read_shard_index(read_manifest(root))


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize("suffix", ["pyd", "pickle", "pth", "npy"])
def test_pickles_in_a_shard_are_passed_over(sharded, tmp_path, suffix):
    root = copied(sharded, tmp_path)
    index = json.loads((root / "shards.json").read_text())
    for shard in index["shards"]:
        with tarfile.open(root / shard["file"]) as tar:
            members = {member.name: tar.extractfile(member).read() for member in tar}
        with tarfile.open(root / shard["file"], "w") as tar:
            for name, content in members.items():
                bomb = f"{name.rsplit('.', 1)[0]}.{name[-3:]}.{suffix}"
                for member, data in ((name, content), (bomb, pickle.dumps(Bomb()))):
                    info = tarfile.TarInfo(member)
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
        shard["bytes"] = (root / shard["file"]).stat().st_size
    (root / "shards.json").write_text(json.dumps(index))
    data = stream(read_manifest(root), batch_size=1)
    assert len(set(indices(taken(data, len(data))))) == len(data)
