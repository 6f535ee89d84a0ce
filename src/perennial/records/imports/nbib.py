"""MEDLINE text, as .nbib files hold it: PubMed's, PubMed Central's and ERIC's."""

import re
from dataclasses import replace

from perennial.records.imports.lines import Layout, cut_lines
from perennial.records.imports.pieces import Cut, Field

RELATIONS = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "CRF": "CorrectedandRepublishedFrom",
    "CRI": "CorrectedandRepublishedIn",
    "ECF": "ExpressionOfConcernFor",
    "ECI": "ExpressionOfConcernIn",
    "EFR": "ErratumFor",
    "EIN": "ErratumIn",
    "ORI": "OriginalReportIn",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RPF": "RepublishedFrom",
    "RPI": "RepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}

PLACES = {
    "PMID": "pmid",
    "TI": "title",
    "BTI": "book_title",
    "TT": "title_original",
    "FAU": "author_full",
    "AU": "author",
    "CN": "collective",
    "JT": "journal",
    "TA": "journal_abbreviation",
    **dict.fromkeys(("IS", "ISSN"), "issn"),
    "VI": "volume",
    "IP": "issue",
    "PG": "pages",
    "DP": "year",
    "DEP": "online",
    "AB": "abstract",
    "LA": "language",
    "PT": "type",
    "MH": "mesh",
    "OT": "keyword",
    **dict.fromkeys(("LID", "AID"), "identifier"),
    "OID": "accession",
    "PMC": "pmcid",
    "SI": "registry",
    "CRDT": "created",
    "LR": "revised",
    **dict.fromkeys(RELATIONS, "link_to"),
}

TRANSLATED = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\.?")
TAGGED = re.compile(r"(?=[A-Z0-9 ]{4} ?-)([A-Z][A-Z0-9]{1,3}) *-(?: (.*))?")


def tagged(line: str) -> tuple[str, str] | None:
    found = TAGGED.fullmatch(line)
    return (found[1], found[2] or "") if found else None


LAYOUT = Layout(
    tagged,
    PLACES,
    after_blank=frozenset({"PMID", "PMC", "OWN"}),
    once=frozenset({"PMID"}),
    indented=True,
)


def cut_nbib(text: str) -> Cut:
    """The records, titles without the brackets that mark a translation; they are PubMed's unless OWN tells ERIC's."""
    cut = cut_lines(text, LAYOUT)
    for piece in cut.pieces:
        owners = {field.text for field in piece.fields if field.tag == "OWN"}
        piece.database = "ERIC" if "ERIC" in owners else "PubMed"
        piece.fields = [_unbracketed(field) if field.tag == "TI" else field for field in piece.fields]
    return cut


def _unbracketed(title: Field) -> Field:
    found = TRANSLATED.fullmatch(title.text)
    return replace(title, text=found[1]) if found else title
