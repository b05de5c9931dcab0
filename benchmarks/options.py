"""What every measurement can be told on its command line."""

import argparse


def is_short(program: str, says: str | None) -> bool:
    """Whether a quick look is asked for instead of the whole; ``says`` is what ``--help`` tells of the program."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=says)
    parser.add_argument("--short", action="store_true", help="a quick look: one round, or half of it")
    return bool(parser.parse_args().short)
