"""A server that speaks the part of Crossref's API that tells of updates: /works/{doi} and /works?filter=updates:{doi}.

A work is stored as Crossref gives it; nothing is derived: a test says itself what stands in `update-to` of the
notice and in `updated-by` of the article, and may let them disagree.
"""

import base64
import re
from typing import Any
from urllib.parse import unquote

import faults
from keyword_query import contains
from messages import Answer, Request, json_answer, text_answer
from service import Service
from serving import main

FILTERS = {
    "updates": lambda work, value: any(same(update["DOI"], value) for update in work.get("update-to", [])),
    "doi": lambda work, value: same(work["DOI"], value),
    "is-update": lambda work, value: bool(work.get("update-to")) == (value in ("true", "1", "t")),
}
MOST = 1000


def same(doi: str, other: str) -> bool:
    return doi.lower() == other.lower()


class Crossref(Service):
    kinds = faults.KINDS

    def name_of(self, record: dict[str, Any]) -> str:
        return record["DOI"].lower()

    def endpoint(self, path: str) -> str:
        found = re.fullmatch(r"/(?:v1/)?works(/.+)?/?", path)
        return "" if not found else "work" if found[1] and found[1] != "/" else "works"

    def draft(self, request: Request) -> Answer:
        if request.endpoint == "work":
            doi = unquote(request.path.partition("works/")[2])
            work = self.records.get(doi.lower())
            return message("work", work) if work else text_answer("Resource not found.", 404)
        if request.endpoint == "works":
            return self.works(request)
        return text_answer("Resource not found.", 404)

    def works(self, request: Request) -> Answer:
        rows = request.number("rows", 20)
        if rows > MOST:
            text = f"Integer specified as {rows} but must be a positive integer less than or equal to {MOST}."
            return failure("validation-failure", "integer-not-valid", str(rows), text, 400)
        found = list(self.records.values())
        for part in filter(None, re.split(r",(?=[a-z-]+:)", request.parameters.get("filter", ""))):
            name, _, value = part.partition(":")
            if name not in FILTERS:
                text = f"Filter {name} specified but there is no such filter for this route."
                return failure("validation-failure", "filter-not-available", name, text, 400)
            found = [work for work in found if FILTERS[name](work, value)]
        query = request.parameters.get("query", "")
        found = [work for work in found if all(contains(" ".join(work["title"]), word) for word in query.split())]
        cursor = request.parameters.get("cursor")
        start = request.number("offset", 0)
        if cursor is not None:
            start = place_of(cursor)
            if start is None:
                text = "Cursor specified but it is invalid"
                return failure("resource-failure", "cursor-invalid", cursor, text, 404)
        items = found[start : start + rows]
        content: dict[str, Any] = {"facets": {}}
        if cursor is not None:
            content["next-cursor"] = cursor_at(start + len(items))
        content |= {
            "total-results": len(found),
            "items": items,
            "items-per-page": rows,
            "query": {"start-index": 0 if cursor is not None else start, "search-terms": query or None},
        }
        return message("work-list", content)


def cursor_at(place: int) -> str:
    return base64.b64encode(f"synthetic cursor {place:08d}".encode()).decode()


def place_of(cursor: str) -> int | None:
    """Where a page begins; None for a cursor that was never given."""
    if cursor == "*":
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).removeprefix(b"synthetic cursor "))
    except ValueError:
        return None


def message(kind: str, content: dict[str, Any]) -> Answer:
    return json_answer({"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": content})


def failure(kind: str, cause: str, value: str, text: str, status: int) -> Answer:
    content = [{"type": cause, "value": value, "message": text}]
    return json_answer({"status": "failed", "message-type": kind, "message": content}, status)


if __name__ == "__main__":
    main(Crossref(), __doc__)
