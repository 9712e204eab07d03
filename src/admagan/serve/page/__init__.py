"""The page that `admagan serve` shows: prompt, attributes, pictures; English and Chinese; nothing from the network."""

from admagan.serve.page.blocks import make_page

__all__ = ["make_page"]
