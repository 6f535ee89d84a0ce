"""Draw a flow diagram: of a version that is known by its counts, or of an update."""

import argparse
import json
from pathlib import Path

from perennial.figures.flow import flow_figure
from perennial.figures.style import render
from perennial.figures.update_flow import update_flow_figure
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("flow", help="result of count_flow.py or count_update.py")
    parser.add_argument("--figures", nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    flow = json.loads(Path(arguments.flow).read_bytes())
    figure = update_flow_figure(flow) if flow["form"] == "update" else flow_figure(flow)
    for target in arguments.figures:
        card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
