"""Models on the Hugging Face Hub: fetched when asked for by id, and published. The only place that uses the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from admagan.errors import InputError
from admagan.runtime.folder import read_model_folder
from admagan.runtime.models import is_hub_name
from admagan.schema.bank import ATTRIBUTES
from admagan.schema.model_folder import CARD, CONFIG, EXAMPLES, NETWORKS, SAMPLES, TOKENIZER

FILES = (
    CONFIG,
    ATTRIBUTES,
    TOKENIZER,
    EXAMPLES,
    CARD,
    SAMPLES,
    *(f"{name}.{kind}" for name in NETWORKS for kind in ("safetensors", "onnx")),
)
"""All that a model folder may hold: nothing else is fetched or published."""


def download(model: str, revision: str | None = None) -> Path:
    """Fetch a model, or find it in the Hub's cache, and return its folder.

    Raises:
        InputError: The Hub cannot be reached, or there is no such model, or it is not one of this program's.
    """
    import huggingface_hub

    try:
        path = huggingface_hub.snapshot_download(model, revision=revision, allow_patterns=list(FILES))
    except Exception as error:  # the library and its HTTP client raise many kinds
        raise InputError(
            f"model {model!r}",
            "a model folder, or a model on the Hugging Face Hub",
            f"no such folder, and from the Hub: {_cause(error).splitlines()[0]}",  # what follows is advice
        ) from error
    if not (Path(path) / CONFIG).is_file():
        raise InputError(f"model {model!r}", f"a repository with {CONFIG} of admagan", "none")
    return Path(path)


def push(folder: Path, model: str, private: bool = False) -> str:
    """Publish a model folder as `model` ("user/name") and return its address.

    The folder is checked first. Who publishes is the user that `hf auth login` signed in.

    Raises:
        InputError: `model` has another form, the folder is damaged, or the Hub refuses.
    """
    if not is_hub_name(model):
        raise InputError("repository", "a name such as user/faces", repr(model))
    read_model_folder(folder).check()
    import huggingface_hub

    try:
        api: Any = huggingface_hub.HfApi()
        address = api.create_repo(model, private=private, exist_ok=True)
        api.upload_folder(repo_id=model, folder_path=folder, allow_patterns=list(FILES))
    except Exception as error:
        hint = "Sign in with: hf auth login" if _is_refusal(error) else ""
        place = "a place on the Hugging Face Hub that you can write"
        raise InputError(f"model {model!r}", place, _cause(error), hint) from error
    return str(address)


def _cause(error: BaseException) -> str:
    """Return why the Hub gave nothing: the library wraps what happened in advice of its own."""
    import huggingface_hub.errors as kinds

    if isinstance(error, kinds.LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, kinds.OfflineModeIsEnabled):
        return "not asked, as HF_HUB_OFFLINE is set"
    if isinstance(error, kinds.GatedRepoError):
        return "for people who were let in; sign in with: hf auth login"
    if isinstance(error, kinds.RepositoryNotFoundError):
        return "no such model (or a private one: sign in with hf auth login)"
    return str(error).strip() or type(error).__name__


def _is_refusal(error: BaseException) -> bool:
    """Tell whether the Hub does not know who asks, or does not let them; nobody signed in counts as well."""
    from huggingface_hub.errors import LocalTokenNotFoundError

    status = getattr(getattr(error, "response", None), "status_code", None)
    return isinstance(error, LocalTokenNotFoundError) or status in (401, 403)
