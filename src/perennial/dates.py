"""Dates as people write them: whole, or a year or month that counts from its first day."""

import re
from datetime import date

PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def first_day(text: str) -> date:
    """The day a partial date counts from: 2025 is 2025-01-01. Raises ValueError for what is no date."""
    if not PARTIAL.fullmatch(text):
        raise ValueError(f"{text!r} is no date; write 2025, 2025-03 or 2025-03-17")
    return date.fromisoformat(text + "-01" * (2 - text.count("-")))


def full_day(text: str) -> date:
    """A date with year, month and day. Raises ValueError for anything else."""
    if len(text) != 10 or not PARTIAL.fullmatch(text):
        raise ValueError(f"{text!r} is no full date; write it as 2025-03-17")
    return date.fromisoformat(text)


def is_full_day(text: str) -> bool:
    try:
        full_day(text)
    except ValueError:
        return False
    return True
