"""The records that the files of a tool describe, and the fields in which it tells what people decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from perennial.records.imports.read import NotAnExport, read_export
from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.screening.foreign.decision import NotDecisions


@dataclass(frozen=True)
class Export:
    name: str
    format: str
    found: list[Found]
    """Positions go on from one file to the next."""
    set_aside: list[SetAside]
    notes: list[str]


def read_exports(files: Mapping[str, bytes]) -> Iterator[Export]:
    """Each file by itself, in the order of their names. Raises NotDecisions for one that holds no records."""
    before = 0
    for name in sorted(files):
        try:
            reading = read_export(files[name], name)
        except NotAnExport as error:
            raise NotDecisions(str(error)) from error
        found = [Found(each.position + before, each.record) for each in reading.found]
        aside = [
            replace(each, position=each.position + before, reason=f"{name}: {each.reason}")
            for each in reading.set_aside
        ]
        yield Export(name, reading.format, found, aside, [f"{name}: {note}" for note in reading.notes])
        before += len(found) + len(aside)


def fields(record: Record, *tags: str) -> list[str]:
    """The texts of the tags (in lower case) that the record has no place for, in the order of the record."""
    return [text for tag, text in record.extra if tag.lower() in tags]


def without(record: Record, *tags: str) -> Record:
    return replace(record, extra=tuple((tag, text) for tag, text in record.extra if tag.lower() not in tags))


def unreadable(found: Found, name: str, reason: str, told: str, line: int | None = None) -> SetAside:
    """A record whose decision cannot be read; `told` is what the file has in its place."""
    called = found.record.title or found.record.record_id
    return SetAside(found.position, line, f"{name}: {reason}", f"{called}: {told}")
