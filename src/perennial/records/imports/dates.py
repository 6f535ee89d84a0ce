"""Dates of publication out of what exports print: 2020/03//, 4-8 Aug. 2020, JUN 15, 2021 Jan-Feb, 2020///Spring."""

import re
from typing import NamedTuple

from perennial.records.pubmed_dates import MONTHS, calendar_date
from perennial.records.text import one_line

YEAR = re.compile(r"(?<!\d)(?:1[5-9]|2[01])\d\d(?!\d)")
NUMERIC = re.compile(r"((?:1[5-9]|2[01])\d\d)[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)[-/.]*(?:[T ]?\d{1,2}:\d\d\S*)?")
COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)?(?!\d)")
WITHOUT_YEAR = re.compile(r"(\d{1,2})(?:[-/](\d{1,2}))?")
WORD = re.compile(r"[^\W\d_]+|\d+")


class Printed(NamedTuple):
    known: str
    """As far as it is a date of the calendar: 2020, 2020-03 or 2020-03-17; else empty."""
    text: str
    """As printed where that says more."""


def printed(text: str, year: str = "") -> Printed:
    """What a date tells; `year` counts where it names none."""
    text = one_line(re.sub(r"/{2,}", " ", text)).strip(" .,;/-")
    if found := NUMERIC.fullmatch(text) or COMPACT.fullmatch(text):
        return Printed(_calendar(*found.groups()), "")
    if year and (found := WITHOUT_YEAR.fullmatch(text)):
        return Printed(_calendar(year, *found.groups()), "")
    if found := COMPACT.search(text):
        return Printed(_calendar(*found.groups()), text)
    years = YEAR.findall(text) or ([year] if year else [])
    if not years:
        return Printed("", text)
    words = WORD.findall(YEAR.sub(" ", text))
    months = [word for word in words if not word.isdecimal() and _month(word)]
    days = [word for word in words if word.isdecimal() and 1 <= int(word) <= 31]
    known = _calendar(years[0], *months[:1], *(days[:1] if len(months) == 1 else []))
    whole = len(years) == 1 and len(months) < 2 and len(days) <= len(months) and len(words) == len(months) + len(days)
    return Printed(known, "" if whole else text if YEAR.search(text) else f"{year} {text}")


def _month(word: str) -> str:
    word = word.lower()
    return word if word in MONTHS else word[:3] if word == "sept" else ""


def _calendar(year: str, month: str | None = None, day: str | None = None) -> str:
    return calendar_date({"Year": year, "Month": _month(month or ""), "Day": day or ""})


def published(years: list[str], dates: list[str]) -> tuple[str, str, list[str]]:
    """The date of publication as far as known, as printed where that says more, and the texts that tell another year.

    `years` are fields for the year (which may hold more), `dates` those for the day or month; of all that tell the same
    year the most precise counts.
    """
    stated = next((told.known[:4] for told in map(printed, [*years, *dates]) if told.known), "")
    read = [(text, printed(text, stated)) for text in [*years, *dates]]
    if not stated:
        return "", one_line(" ".join(dict.fromkeys(years + dates))), []
    same = [told for _, told in read if told.known.startswith(stated)]
    best = max(same, key=lambda told: (len(told.known), told.text != ""))
    return best.known, best.text, [text for text, told in read if not told.known.startswith(stated)]
