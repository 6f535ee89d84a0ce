"""bib-dedupe as the judge of pairs that identifiers leave open.

Its preparation of fields, its similarities and its conditions are used as they are. Not used are its blocking (it grows
with the square of a journal's volume) and its loops over the rows of a table: `match` takes six times as long for the
same answer, and keeps the similarities by which a queue can be ordered to itself.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import pandas as pd
from bib_dedupe import match_conditions, sim
from bib_dedupe.prep import function_mapping
from bib_dedupe.prep_author import select_authors

from perennial.records.duplicates.verdicts import Match
from perennial.records.record import Record

BATCH = 2000
"""Pairs in one table; it bounds memory."""


def matches(records: Sequence[Record], pairs: Sequence[tuple[int, int]]) -> Iterator[Match]:
    """What bib-dedupe says of each pair, by the records' places."""
    for start in range(0, len(pairs), BATCH):
        table = pd.DataFrame([row_of(records[a], records[b]) for a, b in pairs[start : start + BATCH]])
        same = table.eval("|".join(match_conditions.duplicate_conditions), engine="python") & ~table.eval(
            "|".join(match_conditions.non_duplicate_conditions), engine="python"
        )
        for values in zip(same, table.title, table.author, table.abstract, strict=True):
            yield Match(*values)


def row_of(one: Record, other: Record) -> dict[str, str | float]:
    """A row of the table that bib-dedupe's conditions are about."""
    first, second = prepared(one), prepared(other)
    row = {f"{field}_1": text for field, text in first.items()}
    row |= {f"{field}_2": text for field, text in second.items()}
    author = sim.sim_author(first["author"], first["author_full"], second["author"], second["author_full"])
    similar = {field: similarity(first[field], second[field]) for field, similarity in sim.similarity_functions.items()}
    return row | {"author": author, "page_ranges_adjacent": sim.page_ranges_adjacent(row)} | similar


def prepared(record: Record) -> dict[str, str]:
    """The record's fields as bib-dedupe compares them, cut where they are longer than any true one."""
    names = " and ".join(record.authors or record.collectives)[:5000]
    issue = unicodedata.normalize("NFKC", record.issue[:100])
    issue = issue.encode("ascii", "ignore").decode()  # bib-dedupe fails on the issue "²"
    year = prepared_field("year", record.year)
    pages = prepared_field("pages", record.pages[:100])
    return {
        "ENTRYTYPE": "inproceedings" if record.kind == "conference_abstract" else "article",
        "author": str(select_authors([prepared_field("author", names)])[0]),
        "author_full": names,
        "title": prepared_field("title", record.title[:1000]),
        "container_title": prepared_field("container_title", record.journal[:500]),
        "year": year,
        "volume": prepared_field("volume", record.volume[:100]),
        "number": prepared_field("number", issue),
        "pages": "" if pages == year else pages,
        "abstract": prepared_field("abstract", record.abstract[:10_000]),
        "doi": prepared_field("doi", record.doi),
    }


@lru_cache(maxsize=50_000)
def prepared_field(field: str, text: str) -> str:
    """The same titles and journals come again and again, and preparing one takes a millisecond."""
    return str(function_mapping[field]([text])[0])
