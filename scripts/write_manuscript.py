"""Write the results section of a paper, with its tables and figures, as Markdown and as a Word document."""

import argparse
from pathlib import Path

from perennial.identity.card import read_card
from perennial.report.manuscript import figures, manuscript
from perennial.report.to_docx import to_docx
from perennial.report.to_markdown import to_markdown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--results", required=True, type=Path, help="folder of the results")
    parser.add_argument("--docx", required=True, help="Word document to write")
    parser.add_argument("--markdown", required=True, help="Markdown to write, without the figures")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    title, blocks = card["review"]["title"], manuscript(card.meaning, arguments.results)
    card.write(arguments.markdown, to_markdown(blocks, title).encode())
    card.write(arguments.docx, to_docx([*blocks, *figures(card.meaning, arguments.results)], title))


if __name__ == "__main__":
    main()
