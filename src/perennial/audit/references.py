"""Identifiers of a reference list: duplicated, malformed, or of another year than the citation."""

import re

DOI = re.compile(r"10\.\d{4,9}/\S+")
# After the publisher's prefix a DOI names a work, and so holds a digit: a journal's name alone is cut short.
WHOLE = re.compile(r"10\.\d{4,9}/\S*\d\S*")
YEAR = re.compile(r"(?<=\.)(19[5-9]\d|20\d\d)(?=\.)")  # between full stops; elsewhere it may belong to an ISSN


def doi_faults(number: str, references: dict[str, dict]) -> list[str]:
    """What is wrong with the DOI of reference `number`; `references` are rows with doi and year, by number."""
    reference = references[number]
    doi = reference.get("doi", "")
    if not DOI.fullmatch(doi):
        return [f"{doi!r} is not a DOI"]
    faults = []
    if not WHOLE.fullmatch(doi):
        faults.append(f"{doi} names a journal and no work: it is cut short")
    same = [other for other, row in references.items() if other != number and row.get("doi", "").lower() == doi.lower()]
    if same:
        faults.append(f"reference {' and '.join(same)} has the same DOI")
    cited, year = int(reference["year"]), YEAR.search(doi)
    if year and abs(int(year[0]) - cited) > 2:
        faults.append(f"the DOI holds the year {year[0]}, the citation {cited}")
    return faults
