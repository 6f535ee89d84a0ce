"""Draw the forest plot of one outcome for one group or several."""

import argparse
import json
from pathlib import Path

from perennial.figures.forest import forest_figure
from perennial.figures.style import render
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("pooled", nargs="+", help="results of pool.py, one a group")
    parser.add_argument("--figures", nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    results = [json.loads(Path(path).read_bytes()) for path in arguments.pooled]
    figure = forest_figure(card.meaning, {result["group"]: result for result in results})
    for target in arguments.figures:
        card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
