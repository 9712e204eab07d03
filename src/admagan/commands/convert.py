"""Commands that make model folders of other models."""

from __future__ import annotations

from pathlib import Path

from admagan.errors import needs


def released(
    *files: Path,
    out: Path,
    attributes: Path,
    vocabulary: Path,
    counts: Path,
    name: str = "released",
    tau: float = 0.4,
    p: float = 0.25,
) -> None:
    """Turn checkpoints that were released with the Adma-GAN paper into a model folder.

    Args:
        files: The checkpoints of generator and text encoder, in any order; others are recognised and left out.
        out: The new model folder.
        attributes: Text file with the phrase of each attribute, one a line, in the order of the attribute memory.
        vocabulary: Text file with the text encoder's words, one a line, in the order of their ids.
        counts: .npz file with pair_counts (n, n) and attribute_counts (n) of the training images.
        name: What to call the model.
        tau: Conditional probability from which two attributes were joined in training.
        p: Weight that an attribute's neighbours shared in training.
    """
    from admagan.files import require_new
    from admagan.schema.model import MemoryConfig

    with needs("train", "converting"):
        from admagan.export.convert import ReleasedFiles, convert_released
    memory = MemoryConfig.parse_options({"correlation": "released", "tau": tau, "p": p})
    require_new(out)
    convert_released(files, ReleasedFiles(attributes, vocabulary, counts), out, name, memory)
    print(f"{out}: try `admagan generate PROMPT --model {out}`")


def half(model: str, /, *, out: Path) -> None:
    """Copy a model folder with its weights stored as float16: half as large; it still computes in float32.

    A model whose weights are float16 already is refused.

    Args:
        model: A model folder or a Hub id (user/name). Bundled models are stored so already.
        out: The new model folder.
    """
    from admagan.files import require_new
    from admagan.runtime.models import find_model

    with needs("train", "converting"):
        from admagan.export.folder import store_half
    require_new(out)
    store_half(find_model(model), out)
    print(out)
