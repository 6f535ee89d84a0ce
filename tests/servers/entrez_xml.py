"""What the E-utilities wrap around their results, in XML and in JSON."""

import json
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from messages import Answer

DTD = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" ?>\n'
DOCTYPES = {
    "esearch": ("eSearchResult", "-//NLM//DTD esearch 20060628//EN", "20060628/esearch.dtd"),
    "epost": ("ePostResult", "-//NLM//DTD epost 20090526//EN", "20090526/epost.dtd"),
    "efetch": ("eEfetchResult", "-//NLM//DTD efetch 20131226//EN", "20131226/efetch.dtd"),
    "esummary": ("eSummaryResult", "-//NLM//DTD esummary v1 20041029//EN", "20041029/esummary-v1.dtd"),
}
ROOTS = {name: root for name, (root, _, _) in DOCTYPES.items()} | {"efetch": "eFetchResult"}


def document(endpoint: str, inside: str, asked: tuple[str, ...] = ()) -> Answer:
    root, public, system = DOCTYPES[endpoint]
    doctype = f'<!DOCTYPE {root} PUBLIC "{public}" "{DTD}/{system}">\n'
    text = f"{DECLARATION}{doctype}<{ROOTS[endpoint]}>{inside}</{ROOTS[endpoint]}>\n"
    return Answer(text.encode(), asked=asked)


def json_document(endpoint: str, **content: Any) -> Answer:
    value = {"header": {"type": endpoint, "version": "0.3"}, **content}
    return Answer(json.dumps(value, ensure_ascii=False).encode(), content_type="application/json; charset=UTF-8")


def error(endpoint: str, *messages: str, as_json: bool = False) -> Answer:
    """An error as NCBI gives it: HTTP 200, and line ends inside a JSON string left as they are."""
    if not as_json:
        return document(endpoint, "".join(f"\n\t<ERROR>{escape(message)}</ERROR>" for message in messages) + "\n")
    if endpoint == "esummary":
        answer = json_document(endpoint, esummaryresult=list(messages))
    else:
        answer = json_document(endpoint, **{f"{endpoint}result": {"ERROR": messages[0]}})
    return Answer(answer.body.replace(rb"\n", b"\n"), content_type=answer.content_type)


def listed(name: str, values: Iterable[str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for value in values)
