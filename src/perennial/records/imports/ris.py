"""RIS as Ovid, Embase, Web of Science, Scopus, EBSCO, ProQuest, Cochrane, EndNote, Zotero and Rayyan write it.

A tag is read as such in the standard's form, two spaces before the hyphen; in other forms (KW - , id  - , A1<tab>- )
only where it is known, since a line of a wrapped abstract may look like one.
"""

import re
from dataclasses import replace

from rispy.config import TAG_KEY_MAPPING

from perennial.records.imports.lines import Layout, cut_lines
from perennial.records.imports.pieces import Cut, Field

PLACES = {
    "TY": "form",
    **dict.fromkeys(("TI", "T1"), "title"),
    "ST": "short_title",
    "BT": "book_title",
    "TT": "title_original",
    **dict.fromkeys(("AU", "A1"), "author"),
    "JF": "journal",
    "T2": "secondary_title",
    "JO": "journal_or_abbreviation",
    **dict.fromkeys(("JA", "J1", "J2", "JI", "J9"), "journal_abbreviation"),
    **dict.fromkeys(("VL", "VO"), "volume"),
    **dict.fromkeys(("IS", "CP"), "issue"),
    "SP": "first_page",
    "EP": "last_page",
    **dict.fromkeys(("C7", "AR"), "article_number"),
    **dict.fromkeys(("PY", "Y1"), "year"),
    "DA": "date",
    **dict.fromkeys(("AB", "N2"), "abstract"),
    "LA": "language",
    "KW": "keyword",
    **dict.fromkeys(("M3", "DT", "PT"), "type"),
    "SN": "issn",
    **dict.fromkeys(("DO", "DI"), "doi"),
    "PMID": "pmid",
    **dict.fromkeys(("PMC", "PMCI"), "pmcid"),
    "UR": "url",
    **dict.fromkeys(("L1", "L2", "L3", "L4", "LK", "US"), "link"),
    **dict.fromkeys(("AN", "UT", "U2", "AC"), "accession"),
    "ID": "label",
    **dict.fromkeys(("DB", "DP"), "database"),
    **dict.fromkeys(("N1", "C1", "C2", "C3", "C4", "C5", "C6", "C8", "XR", "U1", "U3"), "note"),
}
KNOWN = PLACES.keys() | TAG_KEY_MAPPING.keys()

STANDARD = re.compile(r"\s{0,3}([A-Z][A-Z0-9])  - ?(.*)")
OTHER = re.compile(r"\s{0,3}([A-Z][A-Z0-9]{1,3}|[a-z][a-z0-9](?=\s{2}))[ \t]+-(?:[ \t]+(.*))?")


def tagged(line: str) -> tuple[str, str] | None:
    if found := STANDARD.fullmatch(line):
        return found[1], found[2]
    found = OTHER.fullmatch(line)
    if found and found[1].upper() in KNOWN:
        return found[1].upper(), found[2] or ""
    return None


def joins(tag: str, line: str) -> str:
    """An indented line continues a wrapped text; one that is not is the next entry of a list, as in EndNote's."""
    return " " if line.startswith(("  ", "\t")) else "\n"


LAYOUT = Layout(tagged, PLACES, opens="TY", closes="ER", joins=joins)


def cut_ris(text: str) -> Cut:
    cut = cut_lines(text, LAYOUT)
    for piece in cut.pieces:
        piece.fields = [each for field in piece.fields for each in _unglued(field)]
    return cut


def _unglued(field: Field) -> list[Field]:
    """Scopus cuts long notes short, and the end of the line with them: the address that follows is a field."""
    before, sign, address = field.text.rpartition("UR  - http")
    if not sign:
        return [field]
    return [replace(field, text=before), Field("UR", "url", f"http{address}")]
