"""`admagan data make avatars` as people run it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from admagan.bank import AttributeBank
from admagan.data.manifest import read_manifest
from admagan.data.sources.avatars.making import make_avatars
from admagan.errors import InputError

COMMAND = [sys.executable, "-m", "admagan", "data", "make", "avatars"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_avatars(tmp_path_factory.mktemp("made") / "avatars", count=110, size=32, seed=5, workers=1)


def test_the_folder_is_a_data_set(made: Path) -> None:
    manifest = read_manifest(made)
    assert len(manifest.entries) == 110
    assert all(entry.path.is_file() for entry in manifest.entries)
    assert {entry.record.split for entry in manifest.entries} == {"train", "validation", "test"}
    bank = AttributeBank.read(made / "attributes.json")
    train = manifest.split("train").entries
    for entry in train:
        y, known = bank.encode(entry.record.tags)
        assert 3 < y.sum() < 30
        assert known.mean() > 0.5
    total = sum(int(bank.encode(entry.record.tags)[0].sum()) for entry in train)
    assert sum(attribute.count for attribute in bank.attributes) == total
    card = (made / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in card
    assert "--count 110 --size 32 --seed 5" in card
    assert sorted(path.name for path in made.iterdir()) == [
        "README.md",
        "attributes.json",
        "images",
        "metadata.jsonl",
    ]


def test_the_command_says_where_it_wrote(tmp_path: Path) -> None:
    done = run(tmp_path / "new", "--count", "3", "--workers", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'new'}\n", "")
    assert len(read_manifest(tmp_path / "new").entries) == 3


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["2", "3"])
def test_the_same_seed_gives_the_same_bytes(workers: str, made: Path, tmp_path: Path) -> None:
    """Whatever the number of workers, in this process or another."""
    done = run(tmp_path / "again", "--count", "110", "--size", "32", "--seed", "5", "--workers", workers)
    assert done.returncode == 0
    assert digests(tmp_path / "again") == digests(made)


def test_another_seed_gives_other_pictures_and_a_smaller_count_the_first_ones(
    made: Path, tmp_path: Path
) -> None:
    other = digests(make_avatars(tmp_path / "other", count=5, size=32, seed=6, workers=1))
    fewer = digests(make_avatars(tmp_path / "fewer", count=5, size=32, seed=5, workers=1))
    whole = digests(made)
    images = [name for name in fewer if name.startswith("images")]
    assert all(fewer[name] == whole[name] for name in images)
    assert not any(other[name] == whole[name] for name in images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "--count: expected at least 1 picture, found 0."),
        (["--size", "16"], "--size: expected 32 to 512 pixels, found 16."),
        (["--count", "many"], "--count: expected a whole number, found 'many'"),
    ],
)
def test_a_wrong_option_is_one_message(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run(tmp_path / "new", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"count": -1}, {"size": 31}, {"size": 513}, {"workers": 0}])
def test_wrong_arguments_are_refused_before_anything_is_written(
    wrong: dict[str, int], tmp_path: Path
) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=f"--{name}: expected"):
        make_avatars(tmp_path / "new", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("mine")
    for name, found in (("file", "a file"), ("folder", "a folder with files in it")):
        with pytest.raises(InputError, match=f"{name}: expected a new or empty folder, found {found}."):
            make_avatars(tmp_path / name, count=3)
    assert (tmp_path / "file").read_text() == (tmp_path / "folder" / "file").read_text() == "mine"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    make_avatars(tmp_path, count=2, size=32, workers=1)
    assert len(read_manifest(tmp_path).entries) == 2


@pytest.mark.parametrize("package", ["dicebear", "dicebear_styles", "resvg_py"])
def test_a_missing_package_names_the_extra(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=r"pip install --constraint constraints.txt '.\[train\]'"):
        make_avatars(tmp_path / "new", count=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "left"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, 1)])
def test_a_kill_leaves_no_half_made_set_and_no_process(number: int, left: int, tmp_path: Path) -> None:
    """A folder aside may stay after SIGKILL, which nobody can answer; nothing is at OUT, and workers end."""
    out = tmp_path / "killed"
    process = subprocess.Popen(
        [*COMMAND, str(out), "--count", "100000", "--workers", "2"],
        # Background jobs of a shell ignore SIGINT, and so would all that they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        _wait_for(lambda: len(list(tmp_path.glob(".killed.*/images/*.png"))) > 5)
        workers = _children(process.pid)
        assert workers
        process.send_signal(number)
        assert process.wait(timeout=60) != 0
    finally:
        process.kill()
    assert not out.exists()
    assert len(list(tmp_path.iterdir())) == left
    _wait_for(lambda: not any(_alive(worker) for worker in workers))


def _wait_for(condition, timeout: float = 120) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
