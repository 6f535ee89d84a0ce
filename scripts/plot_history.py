"""Draw how the evidence on one outcome accumulated, group by group."""

import argparse
import json
from pathlib import Path

from perennial.figures.history import history_figure
from perennial.figures.style import render
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("histories", nargs="+", help="results of replay.py")
    parser.add_argument("--figures", nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    histories = [json.loads(Path(path).read_bytes()) for path in arguments.histories]
    figure = history_figure(card.meaning, {each["group"]: each for each in histories})
    for target in arguments.figures:
        card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
