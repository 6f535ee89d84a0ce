"""Whether two results may be of the same patients, and what people said of it."""

from dataclasses import dataclass

from perennial.extraction.evidence import Evidence, by_id
from perennial.extraction.horizon import Horizon
from perennial.tables import Row

BOTH = "both"
ALL = "all"


def registry_number(study: Row) -> str:
    return study.get("registry_id", "").upper().replace(" ", "")


@dataclass(frozen=True)
class Overlaps:
    """What the tables say of patients in common, as known by a date."""

    studies: dict[str, Row]
    answers: list[Row]

    @classmethod
    def known(cls, evidence: Evidence, horizon: Horizon | None) -> "Overlaps":
        answers = [row for row in evidence.overlaps.rows if horizon is None or horizon.knows(row)]
        return cls(by_id(evidence.studies, "study_id"), sorted(answers, key=lambda row: row["date"]))

    def suspicion(self, one: Row, other: Row) -> str:
        """Why two arms may hold the same patients; empty where nothing speaks for it.

        `one` and `other` give the study_id of an arm and the report_id of the result that would count.
        """
        if one["study_id"] == other["study_id"]:
            return "two reports of one study" if one["report_id"] != other["report_id"] else ""
        studies = [self.studies[each["study_id"]] for each in (one, other)]
        numbers = {registry_number(study) for study in studies}
        if len(numbers) == 1 and "" not in numbers:
            return f"both studies have the number {numbers.pop()}"
        declared = (
            studies[0].get("overlaps_with") == other["study_id"] or studies[1].get("overlaps_with") == one["study_id"]
        )
        return "data/studies.csv says that they overlap" if declared else ""

    def answer(self, report: str, other: str, outcome: str) -> Row | None:
        """The newest answer on the two reports; one on the outcome comes before one on all."""
        of_pair = [row for row in self.answers if {row["report_a"], row["report_b"]} == {report, other}]
        for wanted in (outcome, ALL):
            if said := [row for row in of_pair if row["outcome"] == wanted]:
                return said[-1]
        return None


def counting_report(answer: Row) -> str:
    """The report that counts by a person's answer, or `BOTH`."""
    return answer["counts"] if answer["counts"] == BOTH else answer[f"report_{answer['counts']}"]
