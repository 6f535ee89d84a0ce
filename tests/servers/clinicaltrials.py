"""A server that speaks ClinicalTrials.gov's API, version 2: /api/v2/studies, /api/v2/studies/{nct}, /api/v2/version.

A study is stored as the API gives it. Queries are words, AND, OR, NOT, brackets and quotes; AREA[...] is refused.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any

import faults
from keyword_query import Query, UnknownSyntax, contains
from messages import Answer, Request, json_answer, text_answer
from service import Service
from serving import main

MODULES = {
    "NCTId": "protocolSection.identificationModule.nctId",
    "BriefTitle": "protocolSection.identificationModule.briefTitle",
    "OfficialTitle": "protocolSection.identificationModule.officialTitle",
    "Acronym": "protocolSection.identificationModule.acronym",
    "OverallStatus": "protocolSection.statusModule.overallStatus",
    "StatusVerifiedDate": "protocolSection.statusModule.statusVerifiedDate",
    "StartDate": "protocolSection.statusModule.startDateStruct.date",
    "PrimaryCompletionDate": "protocolSection.statusModule.primaryCompletionDateStruct.date",
    "CompletionDate": "protocolSection.statusModule.completionDateStruct.date",
    "StudyFirstPostDate": "protocolSection.statusModule.studyFirstPostDateStruct.date",
    "LastUpdatePostDate": "protocolSection.statusModule.lastUpdatePostDateStruct.date",
    "Condition": "protocolSection.conditionsModule.conditions",
    "InterventionName": "protocolSection.armsInterventionsModule.interventions",
    "EnrollmentCount": "protocolSection.designModule.enrollmentInfo.count",
    "Phase": "protocolSection.designModule.phases",
    "HasResults": "hasResults",
}
"""Names of the API's fields, and where they stand; a path of modules may be asked for as well."""

SEARCHED = {
    "query.cond": ("protocolSection.conditionsModule", "BriefTitle", "OfficialTitle"),
    "query.intr": ("protocolSection.armsInterventionsModule", "BriefTitle", "OfficialTitle"),
    "query.titles": ("BriefTitle", "OfficialTitle", "Acronym"),
    "query.term": ("protocolSection",),
}
OTHER = {"filter.ids", "filter.overallStatus", "pageSize", "pageToken", "countTotal", "format", "fields", "sort"}
PAGING = {"pageSize", "pageToken", "countTotal"}


class ClinicalTrials(Service):
    kinds = faults.KINDS

    def __init__(self) -> None:
        super().__init__()
        self.timestamp = "2025-01-01T09:00:00"

    def control_timestamp(self, timestamp: str) -> None:
        """When the registry's data were made, as /version tells."""
        self.timestamp = timestamp

    def name_of(self, record: dict[str, Any]) -> str:
        return record["protocolSection"]["identificationModule"]["nctId"]

    def endpoint(self, path: str) -> str:
        found = re.fullmatch(r"(?:/api/v2)?/(version|studies|studies/[^/]+)", path)
        return {"version": "version", "studies": "studies"}.get(found[1], "study") if found else ""

    def draft(self, request: Request) -> Answer:
        match request.endpoint:
            case "version":
                return json_answer({"apiVersion": "2.0.3", "dataTimestamp": self.timestamp})
            case "studies":
                return self.studies(request)
            case "study":
                return self.study(request)
        return text_answer("Not found", 404)

    def study(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2].upper()
        if not re.fullmatch(r"NCT\d{8}", name):
            return text_answer(f"`nctId` has an invalid format: {name}", 400)
        if name not in self.records:
            return text_answer(f"NCT number {name} not found", 404)
        return json_answer(chosen(self.records[name], request.parameters.get("fields", "")))

    def studies(self, request: Request) -> Answer:
        given = request.parameters
        if unknown := given.keys() - SEARCHED.keys() - OTHER:
            return text_answer(f"Unknown parameter: {', '.join(sorted(unknown))}", 400)
        try:
            found = self.matching(given)
        except UnknownSyntax as error:
            return text_answer(str(error), 400)
        mark = digest(given)
        start = 0
        if token := given.get("pageToken"):
            whose, _, place = base64.urlsafe_b64decode(token + "==").decode(errors="replace").partition(" ")
            if whose != mark or not place.isdecimal():
                return text_answer("`pageToken` does not belong to this search", 400)
            start = int(place)
        end = start + min(request.number("pageSize", 10) or 10, 1000)
        answer: dict[str, Any] = {}
        if given.get("countTotal") == "true" and not start:
            answer["totalCount"] = len(found)
        answer["studies"] = [chosen(study, given.get("fields", "")) for study in found[start:end]]
        if end < len(found):
            answer["nextPageToken"] = base64.urlsafe_b64encode(f"{mark} {end}".encode()).decode().rstrip("=")
        return json_answer(answer)

    def matching(self, given: dict[str, str]) -> list[dict[str, Any]]:
        found = list(self.records.values())
        if "filter.ids" in given:
            named = re.split(r"[,|\s]+", given["filter.ids"].upper())
            found = [study for study in found if self.name_of(study) in named]
        if "filter.overallStatus" in given:
            wanted = re.split(r"[,|]", given["filter.overallStatus"])
            found = [study for study in found if at(study, MODULES["OverallStatus"]) in wanted]
        for name in SEARCHED.keys() & given.keys():
            found = list(filter(Query(given[name], holder(SEARCHED[name]), no_range).fits, found))
        return found


def no_range(study: dict[str, Any], field: str, first: str, last: str) -> bool:
    raise UnknownSyntax("ranges are not known here")


def holder(places: Iterable[str]) -> Callable[[dict[str, Any], str, str], bool]:
    """Tells whether a study has a phrase in one of the places."""

    def holds(study: dict[str, Any], field: str, phrase: str) -> bool:
        if field:
            raise UnknownSyntax(f"fields are not known here: {field}")
        return any(
            contains(text, phrase) for place in places for text in texts_in(at(study, MODULES.get(place, place)))
        )

    return holds


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_in(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []


def at(value: Any, path: str) -> Any:
    """What stands at a path; None where there is nothing."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def chosen(study: dict[str, Any], fields: str) -> dict[str, Any]:
    """The study, or those of its parts that are asked for."""
    if not fields:
        return study
    kept: dict[str, Any] = {}
    for name in re.split(r"[,|]", fields):
        *above, last = MODULES.get(name, name if "." in name else f"protocolSection.{name}").split(".")
        value = at(study, ".".join([*above, last]))
        if value is not None:
            inside = kept
            for module in above:
                inside = inside.setdefault(module, {})
            inside[last] = value
    return kept


def digest(given: dict[str, str]) -> str:
    """What must stay the same from page to page."""
    same = sorted((name, value) for name, value in given.items() if name not in PAGING)
    return hashlib.sha256(repr(same).encode()).hexdigest()[:12]


if __name__ == "__main__":
    main(ClinicalTrials(), __doc__)
