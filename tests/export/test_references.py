"""Publications as BibTeX and RIS: what other programs read back is what was written."""

import io
import re

import bibtexparser
import pytest
import rispy

from perennial.export.citation import take_apart
from perennial.export.references import Reference, to_bibtex, to_ris

HOSTILE = [
    Reference("plain", "A trial of a synthetic drug", "Included: Plain 2020", ("Plain, Ada",), journal="Journal", year="2020"),
    Reference(
        "specials",
        r"50% of {all} R&D costs $10_000 #1 ~ 2^3 \textbf{x}",
        "Excluded on full text: A & B, 100% {unbalanced",
        ("Müller, Jörg", "O'Neil, Ann-Marie", "Group for Trials and Reviews", "Doe & Sons"),
        journal="Annals of X & Y",
        year="2021",
        volume="12",
        issue="3 Suppl 1",
        pages="S12-S15",
        doi="10.1000/a_b%c(1)<2>",
        url="https://example.org/?a=1&b=2%20{x}_y#z",
    ),
    Reference("greek", "β-blockers ≥ 5 µg: 中文 “quoted”", "Included: Ωmega", ("Ångström, Å",), others=True, year="1999"),
    Reference("pmid:123", "", "Exclusion not confirmed on title and abstract: no reason given (decided by ab)"),
    Reference("lines", "Two\nlines  of\r\ntitle\nER  - ", "Note with @comment{x} and \n}", year="2001"),
]  # fmt: skip

UNLATEX = {rf"\{each}": each for each in "&%$#_{}"}
UNLATEX |= {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}


def plain(latex: str) -> str:
    return re.sub("|".join(map(re.escape, sorted(UNLATEX, key=len, reverse=True))), lambda at: UNLATEX[at[0]], latex)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_bibtex_is_read_back():
    library = bibtexparser.parse_string(to_bibtex(HOSTILE).decode())
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == [each.key for each in HOSTILE]
    for entry, told in zip(library.entries, HOSTILE, strict=True):
        fields = {field.key: field.value for field in entry.fields}
        assert plain(fields.get("title", "{}")[1:-1]) == one_line(told.title)
        assert plain(fields["note"]) == one_line(told.note)
        for name, value in (("journal", told.journal), ("year", told.year), ("number", told.issue), ("doi", told.doi)):
            assert plain(fields.get(name, "")) == value
        people = [plain(name) for name in fields.get("author", "").split(" and ") if name not in ("", "others")]
        assert [name.strip("{}") for name in re.split(r" and ", " and ".join(people)) if name] == [
            part for name in told.authors for part in name.split(" and ")
        ]
        assert fields.get("author", "").endswith(" and others") == told.others


def test_a_group_that_signs_is_one_author():
    text = to_bibtex(HOSTILE).decode()
    assert "{Group for Trials and Reviews}" in text
    assert r"{Doe \& Sons}" in text


def test_every_brace_is_closed_where_it_should_be():
    for entry in to_bibtex(HOSTILE).decode().split("\n\n"):
        bare = re.sub(r"\\[{}]", "", entry)
        assert bare.count("{") == bare.count("}")


def test_addresses_stand_as_they_are_but_for_braces():
    assert "url = {https://example.org/?a=1&b=2%20%7Bx%7D_y#z}" in to_bibtex(HOSTILE).decode()


def test_ris_is_read_back():
    entries = rispy.load(io.StringIO(to_ris(HOSTILE).decode()))
    assert [entry["id"] for entry in entries] == [each.key for each in HOSTILE]
    for entry, told in zip(entries, HOSTILE, strict=True):
        assert entry.get("title", "") == one_line(told.title)
        assert entry["notes"][0] == one_line(told.note)
        assert entry.get("authors", []) == list(told.authors)
        assert entry.get("doi", "") == told.doi
        assert entry.get("urls", [""])[0] == told.url
        first, _, last = told.pages.partition("-")
        assert (entry.get("start_page", ""), entry.get("end_page", "")) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "Plain AB, de la Cruz C, et al. A title. With a stop in it: part 2. J Synth Med. 2024;12(3):45-9.",
        "Plain AB. Short. ASH. 2023.",
        "Plain AB, Müller-Lüdenscheidt C. Título – con guión. Rev X. 2020;7:e12.",
    ],
)
def test_a_citation_put_together_again_is_the_one_that_was_taken_apart(text):
    found = take_apart(text)
    names = ", ".join(name.replace(", ", " ") for name in found.authors) + (", et al" if found.others else "")
    issue = f"({found.issue})" if found.issue else ""
    where = f";{found.volume}{issue}:{found.pages}" if found.volume else ""
    assert f"{names}. {found.title}. {found.journal}. {found.year}{where}." == text


@pytest.mark.parametrize(
    "text", ["", "synthetic", "Smith, J. (2020). APA style. Journal, 3(2), 1-2.", "A title alone. 2020."]
)
def test_a_citation_in_another_style_is_not_guessed_at(text):
    assert take_apart(text) is None
