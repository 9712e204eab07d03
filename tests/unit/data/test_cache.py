"""The cache of decoded pictures: what is reused, what is noticed, and what a crash leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from admagan.data import cache as module
from admagan.data.cache import ImageCache, cache_root
from admagan.data.manifest import Manifest, read_manifest
from admagan.errors import InputError
from admagan.schema.data import DataSettings


def paint(root: Path, name: str, colour: int) -> None:
    Image.new("RGB", (24, 16), (colour, 0, 255 - colour)).save(root / f"{name}.png")


def listed(root: Path, names: list[str], **fields) -> Manifest:
    lines = [json.dumps({"file_name": f"{name}.png", "text": "x", **fields}) for name in names]
    (root / "metadata.jsonl").write_text("\n".join(lines))
    return read_manifest(root)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """Five pictures, a to e, red 0 to 200."""
    for i, name in enumerate("abcde"):
        paint(tmp_path, name, 50 * i)
    return listed(tmp_path, list("abcde"))


@pytest.fixture
def decoded(monkeypatch) -> list[tuple]:
    """Grows by one for each picture decoded."""
    calls: list[tuple] = []

    def counted(*args):
        calls.append(args)
        return fit_image(*args)

    fit_image = module.fit_image
    monkeypatch.setattr(module, "fit_image", counted)
    return calls


def reds(cache: ImageCache, manifest: Manifest) -> list[int]:
    return cache.images[cache.rows_of(manifest), 4, 4, 0].tolist()


def test_built_once_then_mapped(manifest, decoded):
    cache = ImageCache.build(manifest, 8)
    assert reds(cache, manifest) == [0, 50, 100, 150, 200]
    assert cache.images.shape == (5, 8, 8, 3)
    again = ImageCache.build(manifest, 8)
    assert len(decoded) == 5
    assert isinstance(again.images, np.memmap)
    assert (again.images == cache.images).all()


def test_splits_and_orders_share_one_cache(manifest, decoded):
    ImageCache.build(manifest, 8)
    part = listed(manifest.root, ["d", "b"])
    assert reds(ImageCache.build(part, 8), part) == [150, 50]
    assert len(decoded) == 5


def test_only_new_content_is_decoded(manifest, decoded):
    root = manifest.root
    ImageCache.build(manifest, 8)
    paint(root, "f", 250)
    more = listed(root, list("abcdef"))
    assert reds(ImageCache.build(more, 8), more) == [0, 50, 100, 150, 200, 250]
    assert len(decoded) == 6
    paint(root, "b", 51)
    assert reds(ImageCache.build(more, 8), more) == [0, 51, 100, 150, 200, 250]
    assert len(decoded) == 7


def test_touched_and_renamed_files_are_known_by_content(manifest, decoded):
    root = manifest.root
    ImageCache.build(manifest, 8)
    os.utime(root / "a.png", ns=(1, 1))
    (root / "e.png").rename(root / "z.png")
    renamed = listed(root, list("abcdz"))
    cache = ImageCache.build(renamed, 8)
    assert reds(cache, renamed) == [0, 50, 100, 150, 200]
    assert len(decoded) == 5
    assert cache.rows[0].mtime_ns == 1


def test_each_way_to_cut_has_its_own_cache(manifest, decoded):
    ImageCache.build(manifest, 8)
    padded = ImageCache.build(manifest, 8, DataSettings(fit="pad", padding="white"))
    assert padded.images[0, 0].min() == 255
    assert ImageCache.build(manifest, 8, DataSettings(random_crop=0.25)).images.shape == (5, 10, 10, 3)
    assert len(decoded) == 15


def test_a_changed_box_is_another_picture(manifest, decoded):
    ImageCache.build(manifest, 8)
    boxed = listed(manifest.root, ["a", "b"], bbox=[0, 0, 8, 8])
    ImageCache.build(boxed, 8)
    assert len(decoded) == 7
    ImageCache.build(boxed, 8, DataSettings(bbox=False))
    ImageCache.build(listed(manifest.root, ["a", "b"]), 8, DataSettings(bbox=False))
    assert len(decoded) == 9


@pytest.mark.parametrize("damage", ["truncated", "missing", "text", "box"])
def test_an_unusable_picture_names_file_and_line_and_leaves_the_old_cache(manifest, damage):
    root = manifest.root
    old = ImageCache.build(manifest, 8)
    fields = {}
    match damage:
        case "truncated":
            (root / "c.png").write_bytes((root / "c.png").read_bytes()[:50])
        case "missing":
            (root / "c.png").unlink()
        case "text":
            (root / "c.png").write_text("no picture")
        case "box":
            fields = {"bbox": [100, 100, 5, 5]}
    manifest = listed(root, list("abcde"), **fields)
    line = 1 if damage == "box" else 3
    with pytest.raises(InputError, match=rf"metadata\.jsonl:{line}: {'abcde'[line - 1]}\.png: expected"):
        ImageCache.build(manifest, 8)
    assert sorted(path.name for path in (root / ".admagan-cache").iterdir()) == ["8-crop", "lock"]
    assert (np.load(root / ".admagan-cache/8-crop/images.npy") == old.images).all()


@pytest.mark.parametrize("name", ["index.json", "images.npy"])
def test_a_damaged_cache_is_built_anew(manifest, decoded, name):
    ImageCache.build(manifest, 8)
    file = manifest.root / ".admagan-cache/8-crop" / name
    file.write_bytes(file.read_bytes()[:100])
    assert reds(ImageCache.build(manifest, 8), manifest) == [0, 50, 100, 150, 200]
    assert len(decoded) == 10


def test_many_builders_decode_once(manifest, decoded):
    with ThreadPoolExecutor(4) as pool:
        caches = list(pool.map(lambda _: ImageCache.build(manifest, 8), range(4)))
    assert len(decoded) == 5
    assert all((cache.images == caches[0].images).all() for cache in caches)


def test_a_read_only_data_folder_is_cached_elsewhere(manifest, monkeypatch, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert cache_root(manifest.root) == manifest.root / ".admagan-cache"
    manifest.root.chmod(0o555)
    try:
        cache = ImageCache.build(manifest, 8)
        assert not (manifest.root / ".admagan-cache").exists()
    finally:
        manifest.root.chmod(0o755)
    assert reds(cache, manifest) == [0, 50, 100, 150, 200]
    assert len(list(home.glob(f"admagan/{manifest.root.name}-*/8-crop/images.npy"))) == 1


def test_a_folder_for_the_cache_can_be_named(manifest, tmp_path_factory):
    root = tmp_path_factory.mktemp("fast") / "disk"
    ImageCache.build(manifest, 8, root=root)
    assert (root / "8-crop/images.npy").is_file()
    assert not (manifest.root / ".admagan-cache").exists()
    in_the_way = manifest.root / "a.png"
    with pytest.raises(InputError, match="a folder that can be written"):
        ImageCache.build(manifest, 8, root=in_the_way)


SLOW_BUILD = """
import sys, time
from pathlib import Path
from admagan.data import cache
from admagan.data.manifest import read_manifest

fit_image = cache.fit_image
def slow(*args):
    if args[0].getpixel((0, 0))[0] >= 100:
        print("half", flush=True)
        time.sleep(60)
    return fit_image(*args)
cache.fit_image = slow
cache.ImageCache.build(read_manifest(Path(sys.argv[1])), 8, workers=1)
"""


@pytest.mark.parametrize("before", [[], ["a", "b"]])
def test_a_killed_build_leaves_nothing_half_written(manifest, decoded, before):
    root, folder = manifest.root, manifest.root / ".admagan-cache"
    if before:
        ImageCache.build(listed(root, before), 8)
        listed(root, list("abcde"))
    with subprocess.Popen([sys.executable, "-c", SLOW_BUILD, root], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        deadline = time.monotonic() + 10
        while not list(folder.glob(".8-crop.*.tmp/images.npy")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert len(list(folder.glob(".8-crop.*.tmp"))) == 1
    assert (folder / "8-crop").exists() == bool(before)
    cache = ImageCache.build(manifest, 8)
    assert reds(cache, manifest) == [0, 50, 100, 150, 200]
    assert len(decoded) == 5
    assert sorted(path.name for path in folder.iterdir()) == ["8-crop", "lock"]
