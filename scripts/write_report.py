"""Write the living review as one self-contained page."""

import argparse
from pathlib import Path

from perennial.identity.card import read_card
from perennial.report.page import render_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--results", required=True, type=Path, help="folder of the results")
    parser.add_argument("--templates", required=True, type=Path, help="folder of the page's parts")
    parser.add_argument("--output", required=True, help="HTML to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    page = render_page(card.meaning, arguments.results, arguments.templates)
    card.write(arguments.output, page.encode())


if __name__ == "__main__":
    main()
