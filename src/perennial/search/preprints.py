"""Europe PMC: preprints of the question, published since a day."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from perennial.search.archive import Staging
from perennial.search.pages import SOFTWARE, Page, Pages, listed, natural
from perennial.search.transport import BadAnswer, Transport

SOURCE = "europepmc"
SIZE = 100
PREPRINT = "PPR"
"""What Europe PMC calls the source of its preprints."""

README = """\
Preprints that Europe PMC found on {day}. Nothing here is changed afterwards.

run.json                the query as sent, the number of hits, which file holds which page, and the SHA-256 digest of
                        every file
preprints-0001.json.gz  the records, as received, first page (gunzip -k makes it readable with a text editor)
plan.json               what this run set out to do
"""


def search_preprints(project: Path, day: date, query: str, since: str, transport: Transport) -> None:
    """Archive one complete search in data/search/europepmc/<day>/, or leave everything as it was (SearchFailed).

    `since` is a day; what was first published then or later is asked for.
    """
    asked = f"({query}) AND (SRC:{PREPRINT}) AND (FIRST_PDATE:[{since} TO 3000-12-31])"
    parameters = {"query": asked, "format": "json", "resultType": "core", "pageSize": SIZE, "cursorMark": "*"}
    with Staging(project, SOURCE, day, {"address": transport.address, **parameters}) as staging:
        pages = Pages(staging, transport)
        answers = pages.whole("preprints", "search", parameters, "cursorMark", read_page)
        told = {
            "kind": "search",
            "source": SOURCE,
            "date": day.isoformat(),
            "address": transport.address,
            "query": asked,
            "counts": {"records": json.loads(staging.read(answers[0]["file"]))["hitCount"]},
            "answers": answers,
            "software": SOFTWARE,
        }
        staging.finish(told, README.format(day=day), {})


def read_page(answer: dict[str, Any]) -> Page:
    """A page of preprints. Raises BadAnswer, TypeError, ... for anything else."""
    results = listed(answer["resultList"]["result"])
    if not answer["version"]:
        raise BadAnswer("an answer of no version")
    if strange := [each for each in results if each["source"] != PREPRINT]:
        raise BadAnswer(f"{strange[0]['source']} {strange[0]['id']} came, which is no preprint")
    ids = tuple(each["id"] for each in results)
    size = natural(answer.get("request", {}).get("pageSize", SIZE))
    return Page(ids, natural(answer["hitCount"]), answer.get("nextCursorMark") or "", size)
