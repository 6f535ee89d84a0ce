"""Draw the pooled result of one outcome and group without each study in turn."""

import argparse
import json
from pathlib import Path

from perennial.figures.leave_one_out import leave_one_out_figure
from perennial.figures.style import render
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("pooled", help="result of pool.py")
    parser.add_argument("sensitivity", help="result of leave_one_out.py")
    parser.add_argument("--figures", nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    pooled, sensitivity = (json.loads(Path(path).read_bytes()) for path in (arguments.pooled, arguments.sensitivity))
    figure = leave_one_out_figure(card.meaning, pooled, sensitivity)
    for target in arguments.figures:
        card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
