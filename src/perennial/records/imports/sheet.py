"""The fields of one record that say something, and which of them have gone into the record."""

import re
from collections.abc import Iterable

from perennial.records.imports.pieces import Field
from perennial.records.text import key, one_line, plain

NOTHING = re.compile(
    r"#(NAME|N/A|REF|VALUE|NULL|NUM|DIV/0)[!?]?|n/a|\W*|(no pagination|not) specified|"
    r"\[(no|not) [^\]]*(available|listed|specified|given)\]",
    re.IGNORECASE,
)
"""Texts that say that there is none."""


def _says_nothing(text: str) -> bool:
    return NOTHING.fullmatch(one_line(text)) is not None if len(text) < 80 else not text.strip()


class Sheet:
    def __init__(self, fields: Iterable[Field], derived: Iterable[Field] = ()) -> None:
        """`derived` fields repeat parts of others, so that nothing is lost where they are not used."""
        self.told = [field for field in fields if not _says_nothing(field.text)]
        self.used: set[Field] = set()
        self._places: dict[str, list[Field]] = {}
        for field in (*self.told, *derived):
            self._places.setdefault(field.place, []).append(field)

    def at(self, *places: str) -> list[Field]:
        """The fields of these places that are not used yet, in the order of the places."""
        return [field for place in places for field in self._places.get(place, ()) if field not in self.used]

    def texts(self, *places: str) -> list[str]:
        return [one_line(field.text) for field in self.at(*places)]

    def first(self, *places: str) -> str:
        """The first text of the places; others count as used where they say the same."""
        fields = self.at(*places)
        if not fields:
            return ""
        chosen, *others = fields
        text = plain(chosen.text)
        self.used |= {chosen} | {field for field in others if key(plain(field.text)) == key(text)}
        return text

    def all_of_one_tag(self, *places: str) -> list[str]:
        """All texts of the tag that fills the places first; other tags count as used where they say the same."""
        by_tag: dict[str, list[Field]] = {}
        for field in self.at(*places):
            by_tag.setdefault(field.tag, []).append(field)
        if not by_tag:
            return []
        chosen, *others = by_tag.values()
        texts = [field.text for field in chosen]
        self.used |= set(chosen)
        for fields in others:
            if key("".join(field.text for field in fields)) == key("".join(texts)):
                self.used |= set(fields)
        return texts

    def every(self, *places: str) -> list[str]:
        """All texts of the places, used from now on."""
        fields = self.at(*places)
        self.used |= set(fields)
        return [field.text for field in fields]

    def extra(self) -> tuple[tuple[str, str], ...]:
        """What has found no place, as (tag, text)."""
        return tuple((field.tag, one_line(field.text)) for field in self.told if field not in self.used)
