"""Dates as PubMed gives them, by parts (Year, Month, Day; Season; MedlineDate), in calendar form as far as known."""

import re
from collections.abc import Mapping
from datetime import date

NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MONTHS = {
    name: number for number, full in enumerate(NAMES, 1) for name in (full, full[:3], f"{number}", f"{number:02}")
}
YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)", re.ASCII)


def calendar_date(parts: Mapping[str, str]) -> str:
    """2025, 2025-03 or 2025-03-17; empty where no year is given. A day that no calendar has is not known."""
    year, month = parts.get("Year", ""), MONTHS.get(parts.get("Month", "").lower())
    if not YEAR.fullmatch(year):
        return ""
    if not month:
        return year
    try:
        return date(int(year), month, int(parts.get("Day", ""))).isoformat()
    except ValueError:
        return f"{year}-{month:02}"


def printed_date(parts: Mapping[str, str]) -> tuple[str, str]:
    """A date as far as it is known, and as printed where that says more.

    The spring of 1990 is ("1990", "1990 Spring"); of "1998 Dec-1999 Jan" the first year is known.
    """
    words = " ".join(parts.values())
    known = calendar_date(parts)
    if known and known.count("-") + 1 == len(parts):
        return known, ""
    if not known and (year := YEAR.search(words)):
        known = year[0]
    return known, "" if words == known else words
