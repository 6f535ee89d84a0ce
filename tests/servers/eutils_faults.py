"""Ways in which the E-utilities misbehave: error bodies with HTTP 200, and answers that look whole and are not."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from entrez_xml import ROOTS, error, json_document
from eutils_drafts import Articles, Names, Page
from fault_rules import Case, Kind
from faults import spoils, too_many
from messages import Answer, Draft, Request, json_answer
from pubmed_record import complete
from pubmed_xml import article

KINDS: dict[str, Kind] = {}


def _in_xml(request: Request, draft: Any) -> bool:
    return not request.json and not isinstance(draft, Names)


def _records(fewest: int) -> Callable[[Any], bool]:
    return lambda draft: isinstance(draft, Articles) and len(draft.texts) >= fewest


def _page(draft: Any) -> bool:
    return isinstance(draft, Page)


def twists(fits: Callable[[Any], bool]) -> Callable[[Callable[[Any, Case], Draft]], Callable[[Any, Case], Draft]]:
    """Registers a fault of the draft, under its own name."""

    def register(change: Callable[[Any, Case], Draft]) -> Callable[[Any, Case], Draft]:
        KINDS[change.__name__] = Kind(change, lambda request, draft: fits(draft))
        return change

    return register


# Error bodies.


@spoils(KINDS)
def rate_limit_200(answer: Answer, case: Case) -> Answer:
    """The message about the rate, with the key in it, as if all were well."""
    return json_answer(too_many(case.request))


@spoils(KINDS)
def error_xml_200(answer: Answer, case: Case) -> Answer:
    return error(
        case.request.endpoint, "Search Backend failed: Couldn't resolve #exLinkSrv2, the address table is empty."
    )


@spoils(KINDS, fits=lambda request, draft: request.endpoint == "esearch")
def backend_failed_json(answer: Answer, case: Case) -> Answer:
    """JSON with a line end inside a string, which strict readers refuse."""
    return error("esearch", "Search Backend failed: Exception:\n'synthetic failure'", as_json=True)


@spoils(KINDS, fits=lambda request, draft: "WebEnv" in request.parameters)
def expired_webenv(answer: Answer, case: Case) -> Answer:
    number = case.request.number("query_key", 1)
    return error(case.request.endpoint, f"Unable to obtain query #{number}", as_json=case.request.json)


# Documents that are no XML, or hostile XML.


@spoils(KINDS, fits=_in_xml)
def truncated_xml(answer: Answer, case: Case) -> Answer:
    """HTTP is whole, the document ends somewhere before its end."""
    return replace(answer, body=answer.body[: int(len(answer.body) * case.random.uniform(0.1, 0.9))])


@spoils(KINDS, fits=_in_xml)
def malformed_xml(answer: Answer, case: Case) -> Answer:
    """One closing tag lost its stroke."""
    places = [found.start() for found in re.finditer(rb"</", answer.body)]
    place = case.random.choice(places)
    return replace(answer, body=answer.body[:place] + b"<" + answer.body[place + 2 :])


@spoils(KINDS, fits=_in_xml)
def entity_bomb(answer: Answer, case: Case) -> Answer:
    """Entities that are ten of the one before: a billion laughs."""
    root = "PubmedArticleSet" if case.request.endpoint == "efetch" else ROOTS[case.request.endpoint]
    levels = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">\n' for n in range(1, 10))
    text = f'<?xml version="1.0" ?>\n<!DOCTYPE {root} [\n<!ENTITY lol0 "lol">\n{levels}]>\n<{root}>&lol9;</{root}>\n'
    return replace(answer, body=text.encode())


@spoils(KINDS, fits=_in_xml)
def json_instead_of_xml(answer: Answer, case: Case) -> Answer:
    return json_document(case.request.endpoint, result={"uids": []})


# Answers that look whole.


@twists(_records(0))
def empty_set(draft: Articles, case: Case) -> Draft:
    return replace(draft, texts=())


@twists(_records(1))
def error_mid_batch(draft: Articles, case: Case) -> Draft:
    """An error stands in the place of one record."""
    place = case.random.randrange(len(draft.texts))
    message = "<ERROR>Synthetic failure of a backend</ERROR>\n"
    return replace(draft, texts=(*draft.texts[:place], message, *draft.texts[place + 1 :]))


@twists(_records(1))
def fewer_records(draft: Articles, case: Case) -> Draft:
    """A third of the records, at least one, are left out."""
    count = len(draft.texts)
    lost = set(case.random.sample(range(count), max(1, count // 3)))
    return replace(draft, texts=tuple(text for place, text in enumerate(draft.texts) if place not in lost))


@twists(_records(1))
def other_records(draft: Articles, case: Case) -> Draft:
    """A record that was not asked for stands in the place of one that was; a made-up one if the store has no other."""
    place = case.random.randrange(len(draft.texts))
    strangers = (r for name, r in case.service.records.items() if name not in draft.asked and not r["deleted"])
    stranger = next(strangers, complete({"pmid": "99999999", "title": "Synthetic stranger", "dp": "2000"}))
    return replace(draft, texts=(*draft.texts[:place], article(stranger) + "\n", *draft.texts[place + 1 :]))


@twists(_records(2))
def duplicate_records(draft: Articles, case: Case) -> Draft:
    """One record comes twice, another not at all; the number is right."""
    twice, lost = case.random.sample(range(len(draft.texts)), 2)
    return replace(draft, texts=tuple(draft.texts[twice if n == lost else n] for n in range(len(draft.texts))))


@twists(lambda draft: _page(draft) and len(draft.pmids) > 0)
def clamped_page(draft: Page, case: Case) -> Draft:
    """Half of the ids that the page should have; the count is right."""
    return replace(draft, pmids=draft.pmids[: len(draft.pmids) // 2])


@twists(_page)
def wrong_count(draft: Page, case: Case) -> Draft:
    """The count is wrong by BY, or by a few up or down."""
    by = case.settings.get("by") or case.random.choice([-2, -1, 1, 2])
    return replace(draft, count=draft.count + by if draft.count + by >= 0 else draft.count + 1)


@twists(_page)
def changing_count(draft: Page, case: Case) -> Draft:
    """The count grows by one from answer to answer."""
    return replace(draft, count=draft.count + case.fired)
