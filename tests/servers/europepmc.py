"""A server that speaks Europe PMC's search: /europepmc/webservices/rest/search. Results are stored as it gives them."""

import base64
import re
from typing import Any

import faults
from keyword_query import Query, UnknownSyntax, contains
from messages import Answer, Request, json_answer, text_answer
from service import Service
from serving import main

LITE = ("id", "source", "doi", "title", "authorString", "pubYear", "firstPublicationDate", "versionNumber")
RANGES = {"FIRST_PDATE": "firstPublicationDate", "PUB_YEAR": "pubYear"}
EXACT = {"SRC": "source", "EXT_ID": "id", "DOI": "doi", "PUB_YEAR": "pubYear", "FIRST_PDATE": "firstPublicationDate"}
WORDS = {
    "": ("title", "abstractText", "authorString", "doi", "id"),
    "TITLE": ("title",),
    "ABSTRACT": ("abstractText",),
    "TITLE_ABS": ("title", "abstractText"),
    "AUTH": ("authorString",),
}


class EuropePMC(Service):
    kinds = faults.KINDS

    def name_of(self, record: dict[str, Any]) -> str:
        return f"{record['source']}/{record['id']}"

    def endpoint(self, path: str) -> str:
        return "search" if re.fullmatch(r".*/search/?", path) else ""

    def draft(self, request: Request) -> Answer:
        if request.endpoint != "search":
            return text_answer("Not found", 404)
        given = request.parameters
        if given.get("format") != "json":
            return Answer(b"<responseWrapper/>", content_type="application/xml")
        try:
            found = list(filter(Query(given.get("query", ""), holds, within).fits, self.records.values()))
            start = place_of(given.get("cursorMark", "*"))
        except UnknownSyntax as error:
            return json_answer({"version": "6.9", "errCode": 400, "errMsg": str(error)}, 400)
        size = min(request.number("pageSize", 25), 1000)
        page = found[start : start + size]
        core = given.get("resultType", "lite") == "core"
        answer: dict[str, Any] = {"version": "6.9", "hitCount": len(found)}
        if "cursorMark" in given:
            answer["nextCursorMark"] = mark_at(start + len(page))
        answer["request"] = {
            "queryString": given.get("query", ""),
            "resultType": given.get("resultType", "lite"),
            "cursorMark": given.get("cursorMark", "*"),
            "pageSize": size,
            "sort": "",
            "synonym": False,
        }
        kept = [each if core else {name: each[name] for name in LITE if name in each} for each in page]
        answer["resultList"] = {"result": kept}
        return json_answer(answer)


def holds(record: dict[str, Any], field: str, phrase: str) -> bool:
    if field in EXACT:
        return str(record.get(EXACT[field], "")).lower() == phrase.lower()
    if field == "PUB_TYPE":
        return phrase.lower() in (each.lower() for each in record["pubTypeList"]["pubType"])
    if field in WORDS:
        return any(contains(record.get(name, ""), phrase) for name in WORDS[field])
    raise UnknownSyntax(f"field not known here: {field}")


def within(record: dict[str, Any], field: str, first: str, last: str) -> bool:
    if field not in RANGES:
        raise UnknownSyntax(f"no range of this field here: {field}")
    return first <= str(record.get(RANGES[field], "")) <= last


def mark_at(place: int) -> str:
    return base64.b64encode(f"synthetic mark {place:08d}".encode()).decode()


def place_of(mark: str) -> int:
    try:
        return 0 if mark == "*" else int(base64.b64decode(mark, validate=True).removeprefix(b"synthetic mark "))
    except ValueError:
        raise UnknownSyntax(f"invalid cursorMark: {mark}") from None


if __name__ == "__main__":
    main(EuropePMC(), __doc__)
