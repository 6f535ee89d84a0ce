"""Preprints out of an archived Europe PMC run."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from perennial.records.archive import Run
from perennial.records.identifiers import clean_doi, clean_pmcid, clean_pmid
from perennial.records.json_records import branches, day, read_answers, text, texts
from perennial.records.reading import Found, SetAside
from perennial.records.record import Link, Record

SOURCE = "europepmc"
ADDRESS = "https://europepmc.org/article/PPR/"
BLOCK = re.compile(r"</?(h\d|p|title|sec|div|br|li|list|table|tr|td)\b[^<>]*>", re.IGNORECASE)
"""Tags that part words; <i>, <sub> and the like do not."""
REGISTERS = {"MED": "pmid", "PPR": SOURCE}
RELATIONS = {"Preprint of": "UpdateIn", "Preprint in": "UpdateOf"}
"""PubMed's words for Europe PMC's; the others differ in the spaces only: "Comment in", CommentIn."""
EXTRA = {
    "license": "license",
    "isOpenAccess": "isOpenAccess",
    "linkNote": "commentCorrectionList.commentCorrection.note",
}


def read_preprints(run: Run) -> Iterator[Found | SetAside]:
    """The preprints of a run in its order. Every version of a preprint is a record of its own."""
    return read_answers(run, lambda answer: answer["resultList"]["result"], _record)


def _record(result: Mapping[str, Any]) -> Record:
    if result["source"] != "PPR" or not re.fullmatch(r"PPR\d+", result["id"]):
        raise ValueError(f"{result['source']} {result['id']} is no preprint")
    people = branches(result, "authorList.author")
    authors = [_person(each) for each in people] or _people(text(result, "authorString"))
    server = text(result, "bookOrReportDetails.publisher") or text(result, "journalInfo.journal.title")
    return Record(
        source=SOURCE,
        accession=result["id"],
        kind="preprint",
        title=text(result, "title"),
        authors=tuple(filter(None, authors)),
        collectives=texts(result, "authorList.author.collectiveName"),
        journal=server,
        published=day(result, "firstPublicationDate") or day(result, "pubYear"),
        abstract=text({"abstract": BLOCK.sub(" ", result.get("abstractText") or "")}, "abstract"),
        language=texts(result, "language"),
        publication_types=texts(result, "pubTypeList.pubType"),
        keywords=texts(result, "keywordList.keyword"),
        doi=clean_doi(text(result, "doi")),
        pmid=clean_pmid(text(result, "pmid")),
        pmcid=clean_pmcid(text(result, "pmcid")),
        links=(*_published(result), *_versions(result)),
        version=text(result, "versionNumber"),
        created=day(result, "firstIndexDate"),
        revised=day(result, "dateOfRevision"),
        url=ADDRESS + result["id"],
        extra=tuple((tag, said) for tag, path in EXTRA.items() for said in texts(result, path)),
    )


def _person(author: Mapping[str, Any]) -> str:
    """A name as "Family, Given"; empty for a group."""
    if family := text(author, "lastName"):
        given = text(author, "firstName") or text(author, "initials")
        return f"{family}, {given}" if given else family
    return _turned(text(author, "fullName"))


def _people(authors: str) -> list[str]:
    """The names in "Family AB, de Family C."."""
    return [_turned(name) for name in authors.rstrip(".").split(", ")]


def _turned(name: str) -> str:
    family, _, initials = name.rpartition(" ")
    return f"{family}, {initials}" if family else initials


def _published(result: Mapping[str, Any]) -> Iterator[Link]:
    """What the preprint became, and other publications that Europe PMC links it with."""
    for each in branches(result, "commentCorrectionList.commentCorrection"):
        said, name = text(each, "type"), text(each, "id")
        register = REGISTERS.get(text(each, "source"))
        relation = RELATIONS.get(said, said.title().replace(" ", ""))
        yield Link(relation, f"{register}:{name}" if register and name else "", text(each, "reference"))


def _versions(result: Mapping[str, Any]) -> Iterator[Link]:
    """The other versions of the preprint."""
    versions = {text(each, "id"): each.get("versionNumber") for each in branches(result, "versionList.version")}
    own = versions.pop(result["id"], result.get("versionNumber"))
    for name, number in versions.items():
        yield Link("UpdateIn" if number > own else "UpdateOf", f"{SOURCE}:{name}")
