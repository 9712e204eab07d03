"""Run the command line with `python -m admagan`, as torchrun does."""

from admagan.cli import main

main()
