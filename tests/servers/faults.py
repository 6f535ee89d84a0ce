"""Ways to misbehave that any web service has. What each does is in its docstring; settings in capitals have defaults.

http_429 ... SECONDS   what Retry-After says
timeout, slow_drip     SECONDS until the connection is given up, or the answer is through
gzip_bomb              MEGABYTES it unpacks to
"""

import functools
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from fault_rules import Case, Kind
from messages import Answer, Draft, Request, json_answer

KINDS: dict[str, Kind] = {}

LOOP = "/redirect_loop"
MAINTENANCE = b"""<!DOCTYPE html>
<html><head><title>Temporarily unavailable</title></head>
<body><h1>This service is being maintained</h1><p>Please try again later.</p></body></html>
"""


def spoils(
    kinds: dict[str, Kind], fits: Callable[[Request, Any], bool] = lambda request, draft: True
) -> Callable[[Callable[[Answer, Case], Answer]], Callable[[Answer, Case], Answer]]:
    """Registers a fault of the finished answer, under its own name."""

    def register(change: Callable[[Answer, Case], Answer]) -> Callable[[Answer, Case], Answer]:
        def changed(draft: Draft, case: Case) -> Answer:
            return change(draft.answer(), case)

        kinds[change.__name__] = Kind(changed, fits)
        return change

    return register


def _html(status: int, text: str) -> Answer:
    page = f"<html><head><title>{status} {text}</title></head><body><h1>{text}</h1></body></html>\n"
    return Answer(page.encode(), status, "text/html")


def too_many(request: Request, count: int = 4, limit: int = 3) -> dict[str, str]:
    """As NCBI words it, with the caller's key in it."""
    who = request.parameters.get("api_key") or request.client
    return {"error": "API rate limit exceeded", "api-key": who, "count": str(count), "limit": str(limit)}


def _is_json(request: Request, draft: Any) -> bool:
    return request.json or (isinstance(draft, Answer) and "json" in draft.content_type)


@spoils(KINDS)
def http_429(answer: Answer, case: Case) -> Answer:
    """Too many requests; Retry-After in seconds."""
    retry = {"Retry-After": str(case.settings.get("seconds", 1))}
    return json_answer(too_many(case.request), 429, retry)


@spoils(KINDS)
def http_429_date(answer: Answer, case: Case) -> Answer:
    """Too many requests; Retry-After as a date."""
    when = formatdate(time.time() + case.settings.get("seconds", 1), usegmt=True)
    return json_answer(too_many(case.request), 429, {"Retry-After": when})


@spoils(KINDS)
def http_500(answer: Answer, case: Case) -> Answer:
    return json_answer({"error": "Internal server error"}, 500)


@spoils(KINDS)
def http_502_html(answer: Answer, case: Case) -> Answer:
    """The page of a proxy."""
    return _html(502, "Bad Gateway")


@spoils(KINDS)
def http_503(answer: Answer, case: Case) -> Answer:
    return _html(503, "Service Unavailable")


@spoils(KINDS)
def html_200(answer: Answer, case: Case) -> Answer:
    """A page about maintenance, as if all were well."""
    return Answer(MAINTENANCE, content_type="text/html; charset=UTF-8")


@spoils(KINDS)
def empty_body(answer: Answer, case: Case) -> Answer:
    return replace(answer, body=b"")


@spoils(KINDS)
def truncated_body(answer: Answer, case: Case) -> Answer:
    """Half of what Content-Length promises, then the end of the connection."""
    return replace(answer, delivery="cut")


@spoils(KINDS, fits=_is_json)
def invalid_json(answer: Answer, case: Case) -> Answer:
    """The last bracket is missing."""
    return replace(answer, body=answer.body.rstrip()[:-1])


@spoils(KINDS)
def invalid_utf8(answer: Answer, case: Case) -> Answer:
    """Two bytes that no UTF-8 text has, in the middle."""
    middle = len(answer.body) // 2
    return replace(answer, body=answer.body[:middle] + b"\xff\xfe" + answer.body[middle:])


@spoils(KINDS)
def connection_reset(answer: Answer, case: Case) -> Answer:
    """No answer; the connection is reset."""
    return replace(answer, delivery="reset")


@spoils(KINDS)
def timeout(answer: Answer, case: Case) -> Answer:
    """No answer for some time, then a reset."""
    return replace(answer, delivery="stall", seconds=case.settings.get("seconds", 30))


@spoils(KINDS)
def slow_drip(answer: Answer, case: Case) -> Answer:
    """The whole answer, in small pieces."""
    return replace(answer, delivery="drip", seconds=case.settings.get("seconds", 2))


@spoils(KINDS)
def gzip_bomb(answer: Answer, case: Case) -> Answer:
    """A small compressed answer that unpacks to hundreds of megabytes of zeros."""
    packed = _packed_zeros(case.settings.get("megabytes", 300))
    return replace(answer, body=packed, headers={"Content-Encoding": "gzip"})


@functools.cache
def _packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


@spoils(KINDS)
def redirect_loop(answer: Answer, case: Case) -> Answer:
    """A redirection to an address that redirects to itself."""
    return redirection()


def redirection() -> Answer:
    return Answer(b"", 302, "text/html", {"Location": LOOP})
