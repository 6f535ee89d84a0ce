"""Synthetic records, written as platforms write them and read back: nothing changes and nothing is lost.

The writers here know nothing of the readers. What they write is then spoilt: by encodings, line ends, garbage between
records, and an end in the middle of one.
"""

import csv
import io
import random
import textwrap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.records.imports.read import NotAnExport, read_export
from perennial.records.record import Record

WORDS = [
    "naïve",
    "β-blocker",
    "50%",
    "R&D",
    "(phase 2)",
    '"quoted"',
    "a;b",
    "x,y",
    "T-cell:",
    "don't",
    "p=0.05",
    "#1",
    "Ωmega",
]
FAMILIES = ["Müller", "O'Brien", "van den Berg", "Øst", "García-López", "Li"]
GIVEN = ["A.", "B. C.", "Ann", "J.-P.", "Öyvind"]


@dataclass(frozen=True)
class Synthetic:
    title: str
    authors: tuple[str, ...]
    doi: str
    year: str
    abstract: str

    @classmethod
    def of(cls, record: Record) -> "Synthetic":
        return cls(record.title, record.authors, record.doi, record.year, record.abstract)


names = st.builds("{}, {}".format, st.sampled_from(FAMILIES), st.sampled_from(GIVEN))
texts = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


@st.composite
def record_lists(draw, most: int = 4) -> list[Synthetic]:
    return [
        Synthetic(
            f"Synthetic record {number} {draw(texts)}".strip(),
            tuple(draw(st.lists(names, max_size=4, unique=True))),
            f"10.1000/synthetic.{number}",
            str(draw(st.integers(1950, 2030))),
            f"Synthetic abstract {number} {draw(texts)}".strip(),
        )
        for number in range(1, draw(st.integers(1, most)) + 1)
    ]


def wrapped(text: str, indent: str) -> str:
    return ("\n" + indent).join(textwrap.wrap(text, 50, break_long_words=False, break_on_hyphens=False))


def ovid(records: list[Synthetic]) -> list[str]:
    """Counter lines, first-generation tags, the DOI as an address, a line after the end."""
    return [
        f"{number}.\nTY  - JOUR\nID  - 20000000{number:02}\nT1  - {each.title}\n"
        + "".join(f"A1  - {author}\n" for author in each.authors)
        + f"Y1  - {each.year}//\nN2  - {each.abstract}\nDO  - http://dx.doi.org/{each.doi}\nER  - \nNL  - Synth J\n\n"
        for number, each in enumerate(records, 1)
    ]


def ebsco(records: list[Synthetic]) -> list[str]:
    return [
        f"TY  - JOUR\nTI  - {each.title}\nJO  - Synthetic Journal\n"
        + "".join(f"AU  - {author}\n" for author in each.authors)
        + f"PY  - {each.year}/03//\nAB  - {wrapped(each.abstract, '')}\nDO  - {each.doi}\nDP  - EBSCOhost\nER  - \n\n"
        for each in records
    ]


def scopus(records: list[Synthetic]) -> list[str]:
    """Wrapped with indentation; no space after the hyphen of an empty field; no end but the next record."""
    return [
        f"TY  - JOUR\nTI  - {wrapped(each.title, '      ')}\n"
        + "".join(f"AU  - {author}\n" for author in each.authors)
        + f"PY  - {each.year}\nSP  -\nN2  - {wrapped(each.abstract, '      ')}\n"
        + f"N1  - Cited By :9\n\nExport Date: 12 May 2022\nDO  - {each.doi}\n\n"
        for each in records
    ]


def web_of_science(records: list[Synthetic]) -> list[str]:
    pieces = [
        "PT J\n"
        + ("AU " + "\n   ".join(each.authors) + "\n" if each.authors else "")
        + f"TI {wrapped(each.title, '   ')}\nSO SYNTHETIC JOURNAL\nAB {wrapped(each.abstract, '   ')}\n"
        + f"PD SEP\nPY {each.year}\nDI {each.doi}\nUT WOS:00000000000000{number}\nER\n\n"
        for number, each in enumerate(records, 1)
    ]
    return ["FN Clarivate Analytics Web of Science\nVR 1.0\n" + pieces[0], *pieces[1:]]


def medline(records: list[Synthetic]) -> list[str]:
    return [
        f"PMID- {number}\nOWN - NLM\nDP  - {each.year} Mar\nTI  - {wrapped(each.title, '      ')}\n"
        + f"LID - {each.doi} [doi]\nAB  - {wrapped(each.abstract, '      ')}\n"
        + "".join(f"FAU - {author}\nAU  - {author.split(',')[0]} X\n" for author in each.authors)
        + "SO  - Synth J.\n\n"
        for number, each in enumerate(records, 1)
    ]


def endnote(records: list[Synthetic]) -> list[str]:
    return [
        f"%0 Journal Article\n%T {each.title}\n"
        + "".join(f"%A {author}\n" for author in each.authors)
        + f"%D {each.year}\n%R {each.doi}\n%X {wrapped(each.abstract, '')}\n\n"
        for each in records
    ]


def endnote_xml(records: list[Synthetic]) -> list[str]:
    def styled(text: str) -> str:
        return f'<style face="normal">{escape(text)}</style>'

    pieces = [
        '<record><ref-type name="Journal Article">17</ref-type><contributors><authors>'
        + "".join(f"<author>{styled(author)}</author>" for author in each.authors)
        + f"</authors></contributors><titles><title>{styled(each.title)}</title></titles><dates><year>{each.year}</year>"
        + f"</dates><electronic-resource-num>{each.doi}</electronic-resource-num>"
        + f"<abstract>{styled(wrapped(each.abstract, ''))}</abstract></record>\n"
        for each in records
    ]
    return ['<?xml version="1.0" encoding="UTF-8"?><xml><records>\n' + pieces[0], *pieces[1:]]


def bibtex(records: list[Synthetic]) -> list[str]:
    def field(text: str) -> str:
        return "{" + text.replace("ü", '{\\"u}').replace("é", "{\\'e}").replace("&", "\\&") + "}"

    return [
        f"@article{{key{number},\n  title = {field(wrapped(each.title, '    '))},\n"
        + (f"  author = {field(' and '.join(each.authors))},\n" if each.authors else "")
        + f"  year = {each.year},\n  month = mar,\n  doi = {{{each.doi}}},\n  abstract = {field(each.abstract)}\n}}\n\n"
        for number, each in enumerate(records, 1)
    ]


def table(sign: str) -> Callable[[list[Synthetic]], list[str]]:
    def written(*cells: str) -> str:
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=sign, lineterminator="\n").writerow(cells)
        return file.getvalue()

    def write(records: list[Synthetic]) -> list[str]:
        rows = [
            written(each.title, "; ".join(each.authors), each.year, wrapped(each.abstract, ""), each.doi)
            for each in records
        ]
        return [written("Title", "Authors", "Year", "Abstract", "DOI") + rows[0], *rows[1:]]

    return write


WRITERS = {
    "ovid": ovid,
    "ebsco": ebsco,
    "scopus": scopus,
    "web_of_science": web_of_science,
    "medline": medline,
    "endnote": endnote,
    "endnote_xml": endnote_xml,
    "bibtex": bibtex,
    "comma": table(","),
    "semicolon": table(";"),
    "tab": table("\t"),
}
GARBAGE = {
    "comma": ['only,"three,cells\n', "a,b\n", ",,,,,,,,x\n"],
    "semicolon": ['only;"three;cells\n', "a;b\n"],
    "tab": ['"only\tthree\tcells\n', "a\tb\n"],
    "bibtex": ["@article{broken, title = {without an end\n", "@article broken}\n", "@misc{}\n"],
    "endnote_xml": ["<record><titles><title>&bomb;</title></titles></record>\n", "<record><titles>\n", "]]>\n"],
    "medline": ["Words that belong nowhere\n\n", "PMID- \n\n", "\x00\x01\n\n"],
    "endnote": ["%0 \n\n", "%9 Thesis\n%Z of nobody\n\n"],
    "web_of_science": ["PT J\nER\n\n", "Words that belong nowhere\n\n", "PT B\nZZ x\n"],
}
RIS_GARBAGE = [
    "TY  - JOUR\nXX  - \x00\x01\nER  - \n\n",
    "Words that belong nowhere\n\n",
    "\n12.\nTY  -\n",
    "ZZ  - of nobody\n\n",
]

dialects = pytest.mark.parametrize("dialect", WRITERS)


def read(pieces: list[str], encoding: str = "utf-8") -> list[Synthetic]:
    return [Synthetic.of(each.record) for each in read_export("".join(pieces).encode(encoding), "file").found]


@dialects
@settings(max_examples=40)
@given(records=record_lists())
def test_what_is_written_is_read(dialect, records):
    assert read(WRITERS[dialect](records)) == records


@dialects
@settings(max_examples=15)
@given(records=record_lists(), end=st.sampled_from(["\n", "\r\n", "\r", "mixed"]))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_and_line_ends_change_nothing(dialect, encoding, records, end):
    text = "".join(WRITERS[dialect](records))
    chance = random.Random(len(text))
    ends = ["\n", "\r\n"] if end == "mixed" else [end]
    spoilt = "".join(chance.choice(ends) if letter == "\n" else letter for letter in text)
    reading = read_export(spoilt.encode(encoding), "file")
    assert [Synthetic.of(each.record) for each in reading.found] == records
    assert not reading.set_aside


@dialects
@settings(max_examples=15)
@given(records=record_lists())
def test_latin_1_is_read_and_told(dialect, records):
    text = "".join(WRITERS[dialect](records)).replace("β", "b").replace("Ω", "O")
    known = [Synthetic(*(_latin(value) for value in vars(each).values())) for each in records]
    reading = read_export(text.encode("latin-1"), "file")
    assert [Synthetic.of(each.record) for each in reading.found] == known
    assert any("not UTF-8" in note for note in reading.notes) != text.isascii()


def _latin(value):
    return value.replace("β", "b").replace("Ω", "O") if isinstance(value, str) else value


@dialects
@settings(max_examples=40)
@given(records=record_lists(), data=st.data())
def test_garbage_between_records_costs_none(dialect, records, data):
    pieces = WRITERS[dialect](records)
    place = data.draw(st.integers(1, len(pieces)))
    pieces.insert(place, data.draw(st.sampled_from(GARBAGE.get(dialect, RIS_GARBAGE))))
    assert read(pieces) == records


@dialects
@settings(max_examples=60)
@given(records=record_lists(), data=st.data())
def test_a_file_that_breaks_off_loses_nothing_before(dialect, records, data):
    pieces = WRITERS[dialect](records)
    whole = data.draw(st.integers(1, len(pieces)))
    rest = "".join(pieces[whole : whole + 1])
    cut = rest[: data.draw(st.integers(0, len(rest)))]
    reading = read_export("".join([*pieces[:whole], cut]).encode(), "file")
    read = [Synthetic.of(each.record) for each in reading.found]
    assert read[:whole] == records[:whole]
    assert len(read) + len(reading.set_aside) <= whole + 1
    if len(cut.strip()) > 12:
        assert len(read) > whole or reading.set_aside or reading.notes


@settings(max_examples=150)
@given(records=record_lists(most=2), dialect=st.sampled_from(sorted(WRITERS)), data=st.data())
def test_whatever_is_spoilt_gives_a_reading_or_a_clear_refusal(records, dialect, data):
    spoilt = bytearray("".join(WRITERS[dialect](records)).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(spoilt) - 1))
        spoilt[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
        spoilt = spoilt or bytearray(b" ")
    with suppress(NotAnExport):
        reading = read_export(bytes(spoilt), "file")
        assert all(each.reason and each.text for each in reading.set_aside)


@settings(max_examples=100)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_reading_or_a_clear_refusal(data):
    with suppress(NotAnExport):
        read_export(data, "file")
