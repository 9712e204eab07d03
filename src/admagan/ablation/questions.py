"""What is asked, as data: each question has arms, and each arm says which settings it has instead of the others'.

To ask something else, add a `Question` to `QUESTIONS`, and its name to the help of `admagan ablate`. What the paper
found is stated beside our figures (Wu et al., ACM Multimedia 2022; 256 px on CUB-200-2011 and COCO 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from admagan.errors import InputError
from admagan.schema.settings import Overrides

PAPERS_RECIPE = "reference-64"
DF_GAN: Overrides = {
    "memory": {"mode": "none"},
    "generator": {"noise_in_condition": True},
    "loss": {"classification": "off", "alignment_weight": 0.0, "recognition_weight": 0.0},
    "train": {"attribute_dropout": 0.0},
}
FILTERS: Overrides = {
    "generator": {"upsampling": "filtered"},
    "discriminator": {"downsampling": "pooled"},
}
UNPAIRED: Overrides = {
    "loss": {"reconstruction_weight": 0.0, "recognition_weight": 0.0},
    "train": {"warm_up": 0.0},
}
AUGMENTED: Overrides = {"train": {"augmentation": ("colour", "translation", "cutout")}}
SHORT_MOMENTS: Overrides = {"train": {"warm_up_beta1": 0.0, "warm_up_beta2": 0.9}}
# Of the paper's recipe: its tanh learns nothing on white backgrounds, and averages that half-remember 10,000 images are
# still those of untrained weights after a short run.
MENDED: Overrides = {"generator": {"output": "linear"}, "train": {"average_ramp": 0.05}}
RELATIVISTIC: Overrides = {"loss": {"adversarial": "relativistic", "penalty": "r1_r2"}}


@dataclass(frozen=True)
class Arm:
    """One way to train."""

    name: str
    """Unique; its run folders are named after it."""
    label: str
    """In tables and charts."""
    overrides: Overrides = field(default_factory=dict)
    """Section -> field -> value, over all other settings. A `generator.schedule` of three letters stands for the first
    three blocks, those between, and the last."""
    paper: str = ""
    """What the paper says of it, in few words."""
    preset: str | None = None
    """Where its settings start, if not where those of the other arms do; size, data and budget stay theirs."""


@dataclass(frozen=True)
class Question:
    """Arms that differ in what is asked."""

    name: str
    asks: str
    paper: str
    """What the paper found."""
    arms: tuple[Arm, ...]


QUESTIONS = (
    Question(
        "memory",
        "What does the attribute memory give, and what the ways to learn it?",
        "No memory is worst, rows learned by themselves (sample_aware) are better, rows that inform each other "
        "through the graph (sample_joint) are best.",
        (
            Arm("memory-none", "none", {"memory": {"mode": "none"}}, "worst"),
            Arm("memory-fixed", "fixed", {"memory": {"mode": "fixed"}}),
            Arm("memory-aware", "sample_aware", {"memory": {"mode": "sample_aware"}}, "better"),
            Arm("memory-joint", "sample_joint", {"memory": {"mode": "sample_joint"}}, "best"),
        ),
    ),
    Question(
        "initialisation",
        "Must the memory start from the attributes' phrases, and must it be learned?",
        "Phrases are better than noise, and learned is better than fixed.",
        (
            Arm("phrases-learned", "phrases, learned", {"memory": {"initialisation": "phrase"}}, "best"),
            Arm("noise-learned", "noise, learned", {"memory": {"initialisation": "random"}}),
            Arm("phrases-fixed", "phrases, fixed", {"memory": {"mode": "fixed", "initialisation": "phrase"}}),
            Arm("noise-fixed", "noise, fixed", {"memory": {"mode": "fixed", "initialisation": "random"}}),
        ),
    ),
    Question(
        "alignment",
        "What do the contrastive terms between pictures, sentences and attributes give?",
        "On top of the memory, alignment gives the best figures.",
        (
            Arm("alignment-on", "on", paper="better"),
            Arm("alignment-off", "off", {"loss": {"alignment_weight": 0.0}}),
        ),
    ),
    Question(
        "classification",
        "Attribute classification as the paper writes it, or as its released code has it?",
        "Not compared: the text has targets for real and fake apart, the code has overlapping ones.",
        (
            Arm("classification-paper", "paper", {"loss": {"classification": "paper"}}),
            Arm("classification-released", "released code", {"loss": {"classification": "released"}}),
        ),
    ),
    Question(
        "schedule",
        "Where should attributes and sentence enter the generator?",
        "It matters; the paper takes attributes in the first three blocks and the sentence in the rest.",
        (
            Arm(
                "attributes-first",
                "attributes in three, then sentence",
                {"generator": {"schedule": "ass"}},
                "chosen",
            ),
            Arm("attributes-long", "attributes in all but the last", {"generator": {"schedule": "aas"}}),
            Arm("sentence-first", "sentence in three, then attributes", {"generator": {"schedule": "saa"}}),
            Arm("attributes-only", "attributes everywhere", {"generator": {"schedule": "aaa"}}),
            Arm("sentence-only", "sentence everywhere", {"generator": {"schedule": "sss"}}),
            Arm("both-everywhere", "both everywhere", {"generator": {"schedule": "bbb"}}),
        ),
    ),
    Question(
        "baseline",
        "Is Adma-GAN better than DF-GAN, trained by the same recipe?",
        "FID 14.81 to 8.57 on CUB and 21.42 to 12.39 on COCO.",
        (
            Arm("df-gan", "DF-GAN", DF_GAN, "14.81 on CUB, 21.42 on COCO"),
            Arm("adma-gan", "Adma-GAN", paper="8.57 on CUB, 12.39 on COCO"),
        ),
    ),
    Question(
        "recipe",
        "What do these settings give over the paper's, for the paper's model and its baseline?",
        "Not asked; its figures are of far larger budgets.",
        (
            Arm("recipe-here", "these settings"),
            Arm("recipe-paper", "the paper's recipe", preset=PAPERS_RECIPE),
            Arm("recipe-mended", "the paper's recipe, mended", MENDED, preset=PAPERS_RECIPE),
            Arm("recipe-df-gan", "the paper's recipe, DF-GAN", DF_GAN, preset=PAPERS_RECIPE),
        ),
    ),
    Question(
        "parts",
        "Which parts of the recipe matter, and what else might?",
        "Not asked.",
        (
            Arm("parts-all", "these settings"),
            Arm("parts-unpaired", "no terms of the real picture", UNPAIRED),
            Arm("parts-not-warm", "no warm-up", {"train": {"warm_up": 0.0}}),
            Arm("parts-short-moments", "short moments in warm-up", SHORT_MOMENTS),
            Arm("parts-not-recognised", "no recognition", {"loss": {"recognition_weight": 0.0}}),
            Arm("parts-damsm", "captions recognised", {"loss": {"damsm_weight": 0.5}}),
            Arm("parts-classification", "classification 20", {"loss": {"classification_weight": 20.0}}),
            Arm("parts-constant", "no cooldown", {"train": {"cooldown": 0.0}}),
            Arm("parts-own-eyes", "no pretrained features", {"discriminator": {"pretrained": False}}),
            Arm("parts-not-normalised", "no pixel norm", {"generator": {"normalisation": "none"}}),
            Arm("parts-nowhere", "no learned positions", {"generator": {"positions": 0}}),
            Arm("parts-not-diverse", "no diversity term", {"loss": {"diversity_weight": 0.0}}),
            Arm("parts-filters", "filtered resampling", FILTERS),
            Arm("parts-noise", "noise in every condition", {"generator": {"noise_in_condition": True}}),
            Arm("parts-batch", "batch statistics", {"discriminator": {"batch_statistics": True}}),
            Arm("parts-relativistic", "relativistic, R1 and R2", RELATIVISTIC),
            Arm("parts-beta", "Adam's second moment 0.99", {"train": {"beta2": 0.99}}),
            Arm("parts-small-batches", "batches of 16", {"train": {"batch_size": 16}}),
            Arm("parts-large-batches", "batches of 64", {"train": {"batch_size": 64}}),
            Arm("parts-even-rates", "equal learning rates", {"train": {"discriminator_lr": 0.001}}),
            Arm("parts-wide-generator", "twice as wide a generator", {"generator": {"width": 32}}),
            Arm(
                "parts-wide-discriminator", "twice as wide a discriminator", {"discriminator": {"width": 32}}
            ),
            Arm(
                "parts-narrow-discriminator", "half as wide a discriminator", {"discriminator": {"width": 8}}
            ),
            Arm("parts-young-average", "shorter averages", {"train": {"average_half_life": 2000}}),
            Arm("parts-all-told", "no attribute dropout", {"train": {"attribute_dropout": 0.0}}),
            Arm("parts-augmented", "augmented pictures", AUGMENTED),
        ),
    ),
)


def chosen_questions(names: Sequence[str] | None) -> tuple[Question, ...]:
    """Return the questions of these names, all where None.

    Raises:
        InputError: There is no such question.
    """
    if names is None:
        return QUESTIONS
    known = {question.name: question for question in QUESTIONS}
    for name in names:
        if name not in known:
            raise InputError("--questions", f"some of {', '.join(known)}", repr(name))
    return tuple(known[name] for name in dict.fromkeys(names))
