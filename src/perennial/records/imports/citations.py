"""Where a record appeared, when a database gives it as one text."""

import re

LONGEST = 1_000
EMBASE = re.compile(
    r"(?P<journal>.+?) \((?P<year>\d{4})\)(?: (?P<volume>(?!Article)[^:().;]+?))?(?::(?P<issue>[^().;]+?))?"
    r"(?: \((?P<pages>[^()]+)\))?(?:[.,;]? Article Number:? (?P<article_number>[^\s;,]+?))?"
    r"\.?(?:,? Date of Publication: (?P<date>.+?))?\.?"
)
PUBMED = re.compile(
    r"(?P<journal_abbreviation>.+?)\. (?P<date>(?:1[5-9]|2[01])\d\d[^;:.]*)(?:;(?P<volume>[^():.]*))?"
    r"(?:\((?P<issue>[^)]*)\))?(?::(?P<pages>[^.]+))?\.(?: .*)?"
)


def parts_of(citation: str) -> dict[str, str]:
    """The places that a citation of Embase or PubMed fills; none where it has another form."""
    if len(citation) > LONGEST:
        return {}
    found = EMBASE.fullmatch(citation) or PUBMED.fullmatch(citation)
    return {place: text.strip() for place, text in found.groupdict().items() if text} if found else {}
