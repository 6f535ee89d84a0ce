"""Write the trace of every reported value: what it rests on, down to reports, decisions and searches."""

import argparse
from pathlib import Path

from perennial.identity.card import read_card
from perennial.provenance.trace import build_trace, to_dict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--cards", required=True, nargs="+", type=Path, help="identity cards of the other jobs")
    parser.add_argument("--results", required=True, type=Path, help="folder of the results")
    parser.add_argument("--output", required=True, help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    graph = build_trace(card.meaning, arguments.cards, arguments.results)
    card.write_json(arguments.output, to_dict(graph, card.meaning))


if __name__ == "__main__":
    main()
