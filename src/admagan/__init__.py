"""Text-to-image models that anyone can train on their own captioned, tagged pictures."""

__version__ = "0.1.0"
