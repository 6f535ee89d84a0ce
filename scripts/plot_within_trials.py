"""Draw the comparisons within trials of one outcome as odds ratios."""

import argparse
import json
from pathlib import Path

from perennial.figures.style import render
from perennial.figures.within_trials import within_trials_figure
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("comparisons", help="result of compare_within_trials.py")
    parser.add_argument("--figures", nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    figure = within_trials_figure(card.meaning, json.loads(Path(arguments.comparisons).read_bytes()))
    for target in arguments.figures:
        card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
