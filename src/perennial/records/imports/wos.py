"""The tagged text of Web of Science (FN, VR, PT ... ER), and the same tags as columns of its tables."""

import re
from dataclasses import replace

from perennial.records.imports.lines import Layout, cut_lines
from perennial.records.imports.pieces import Cut

PLACES = {
    "TI": "title",
    "AF": "author_full",
    "AU": "author",
    "CA": "collective",
    "SO": "journal",
    **dict.fromkeys(("JI", "J9"), "journal_abbreviation"),
    "VL": "volume",
    "IS": "issue",
    "BP": "first_page",
    "EP": "last_page",
    "AR": "article_number",
    "PY": "year",
    "PD": "date",
    "AB": "abstract",
    "LA": "language",
    "DT": "type",
    **dict.fromkeys(("DE", "ID"), "keyword"),
    **dict.fromkeys(("SN", "EI"), "issn"),
    "DI": "doi",
    "PM": "pmid",
    "UT": "accession",
}
LISTS = {"AU", "AF", "CA", "BA", "BF", "BE", "ED", "C1", "C3", "CR"}
"""Fields with an entry on each line; in the others a line goes on with the text."""

TAGGED = re.compile(r"([A-Z][A-Z0-9])(?: (.*))?")


def tagged(line: str) -> tuple[str, str] | None:
    found = TAGGED.fullmatch(line)
    return (found[1], found[2] or "") if found else None


LAYOUT = Layout(
    tagged,
    PLACES,
    opens="PT",
    closes="ER",
    outside=frozenset({"FN", "VR", "EF"}),
    joins=lambda tag, line: "\n" if tag in LISTS else " ",
)


def cut_wos(text: str) -> Cut:
    cut = cut_lines(text, LAYOUT)
    return replace(cut, pieces=[replace(piece, database="Web of Science") for piece in cut.pieces])
