"""Hub ids: asked of the Hub only when they can be nothing else, and limited to the files of a model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from admagan import AdmaGAN, InputError
from admagan.runtime.hub import FILES, push
from admagan.runtime.models import find_model, is_hub_id

LISTED = {
    "config.json", "attributes.json", "tokenizer.json", "examples.json", "README.md", "samples.png",
    "generator.onnx", "generator.safetensors", "text_encoder.onnx", "text_encoder.safetensors", "tagger.onnx",
    "tagger.safetensors",
}  # fmt: skip


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_hub_model_is_fetched_and_runs(
    tiny_model: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, dict[str, Any]]] = []

    def fetch(repository: str, **options: Any) -> str:
        calls.append((repository, options))
        return str(tiny_model)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert len(AdmaGAN.load("someone/faces")("a man").images) == 1
    assert calls == [("someone/faces", {"revision": None, "allow_patterns": list(FILES)})]
    assert set(FILES) == LISTED


@pytest.mark.parametrize(
    "name", ["runs", "a/b/c", "./faces", "../faces", "some one/faces", "/a", "here/model"]
)
def test_a_path_is_not_asked_of_the_hub(name: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere / "here").mkdir()
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: pytest.fail("asked the Hub"))
    assert not is_hub_id(name)
    with pytest.raises(InputError, match="model: expected a bundled model"):
        find_model(name)


def test_a_hub_that_cannot_be_reached_is_one_message(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> str:
        raise ConnectionError("Name or service not known\nand many more lines")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(
        InputError, match=r"'someone/faces'.*no such folder, and from the Hub: Name or service not known\.$"
    ):
        find_model("someone/faces")


def test_offline_a_mistyped_folder_is_one_message(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the real library, which finds no cache and may not ask."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        InputError, match=r"no such folder, and from the Hub: not asked, as HF_HUB_OFFLINE is set\.$"
    ):
        find_model("runs/mdoel")


def test_a_mistyped_name_is_told_the_nearest(elsewhere: Path) -> None:
    with pytest.raises(InputError, match=r"found 'avatar'\. Nearest: avatars\."):
        find_model("avatar")


@pytest.mark.parametrize("name", ["", "faces", "a/b/c", "../faces", "me/", "me/fa ces"])
def test_a_place_that_is_none_is_not_pushed_to(
    name: str, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: pytest.fail("asked the Hub"))
    with pytest.raises(InputError, match="repository: expected a name such as user/faces"):
        push(tiny_model, name)


def test_a_foreign_repository_is_refused(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(elsewhere))
    with pytest.raises(InputError, match=r"a repository with config\.json"):
        find_model("someone/faces")


class Api:
    """Stands for `huggingface_hub.HfApi` and copies to a folder."""

    target: Path

    def create_repo(self, repository: str, private: bool, exist_ok: bool) -> str:
        assert exist_ok
        return f"https://hub/{repository}" + ("?private" if private else "")

    def upload_folder(self, repo_id: str, folder_path: Path, allow_patterns: list[str]) -> None:
        self.target.mkdir()
        for name in allow_patterns:
            if (folder_path / name).exists():
                shutil.copy(folder_path / name, self.target / name)


def test_what_is_pushed_is_a_model_and_nothing_else(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    shutil.copytree(tiny_model, source)
    (source / "notes.txt").write_text("private")
    monkeypatch.setattr(Api, "target", tmp_path / "hub", raising=False)
    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    assert push(source, "me/faces", private=True) == "https://hub/me/faces?private"
    assert {path.name for path in (tmp_path / "hub").iterdir()} == LISTED
    AdmaGAN.load(tmp_path / "hub")("a man")


def test_why_the_hub_refuses_is_said_whole(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError('Invalid metadata in README.md.\n- "license" must be one of [...]')

    monkeypatch.setattr(Api, "upload_folder", refuse)
    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    with pytest.raises(InputError, match=r'Invalid metadata in README\.md\. - "license" must be') as refused:
        push(tiny_model, "me/faces")
    assert "auth login" not in str(refused.value)


def test_a_damaged_model_is_not_pushed(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    shutil.copytree(tiny_model, source)
    (source / "tagger.safetensors").write_bytes(b"")
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: pytest.fail("asked the Hub"))
    with pytest.raises(InputError, match=r"tagger\.safetensors"):
        push(source, "me/faces")
