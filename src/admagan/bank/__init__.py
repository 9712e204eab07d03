"""The attribute bank: what can be true of a picture, and how people say it. No torch."""

from admagan.bank.attribute_bank import NO_CHOICE, AttributeBank
from admagan.bank.matching import Match
from admagan.bank.words import normalise, read_groups

__all__ = ["NO_CHOICE", "AttributeBank", "Match", "normalise", "read_groups"]
