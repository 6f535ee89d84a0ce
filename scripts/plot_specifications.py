"""Draw the specification curve of one outcome and group."""

import argparse
import json
from pathlib import Path

from perennial.figures.specification_curve import specification_figure
from perennial.figures.style import render
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("robustness", help="result of vary_models.py")
    parser.add_argument("--figures", nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    figure = specification_figure(card.meaning, json.loads(Path(arguments.robustness).read_bytes()))
    for target in arguments.figures:
        card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
