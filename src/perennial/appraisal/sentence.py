"""An appraisal in words, every number from the cells."""

from collections import Counter
from collections.abc import Sequence

from perennial.appraisal.answers import ABSENT, CONFLICTING, ONE, Appraisal, Cell
from perennial.appraisal.checklists import OVERALL, Checklist


def sentence(appraisal: Appraisal, checklist: Checklist) -> str:
    """What the figures of an appraisal show: answers by kind, what is open, and where most answers are unfavourable."""
    k = len(appraisal.studies)
    if k == 0:
        return f"{checklist.label}: there is no study to appraise."
    cells = [appraisal.cells[study, item.id] for study in appraisal.studies for item in checklist.questions]
    verdicts = [appraisal.cells[study, OVERALL] for study in appraisal.studies] if checklist.overall else []
    states = Counter(cell.state for cell in [*cells, *verdicts])
    if states[ABSENT] == len(appraisal.cells):
        return f"{checklist.label}: not appraised ({_several(k, 'study', 'studies')})."
    asked = f"{_several(k, 'study', 'studies')} and {_several(len(checklist.questions), 'item', 'items')}"
    parts = [f"{checklist.label}, {asked}: {_tally(cells, checklist)}.", _weakest(appraisal, checklist)]
    if verdicts:
        parts.append(f"Overall judgement: {_tally(verdicts, checklist)}.")
    if states[ONE]:
        parts.append(f"{_several(states[ONE], 'answer is', 'answers are')} by one appraiser only.")
    return " ".join([*parts, "No score is summed."])


def _several(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _tally(cells: Sequence[Cell], checklist: Checklist) -> str:
    answers = Counter(cell.answer for cell in cells)
    states = Counter(cell.state for cell in cells)
    counts = [(f"“{kind.label}”", answers[kind.id]) for kind in checklist.answers]
    counts += [("in conflict", states[CONFLICTING]), ("not appraised", states[ABSENT])]
    return ", ".join(f"{count} {label}" for label, count in counts if count)


def _weakest(appraisal: Appraisal, checklist: Checklist) -> str:
    """The items with the most answers that speak against a study."""
    bad = {answer.id for answer in checklist.answers if answer.meaning == "bad"}
    against = {
        item.id: sum(appraisal.cells[study, item.id].answer in bad for study in appraisal.studies)
        for item in checklist.questions
    }
    most = max(against.values())
    if most == 0:
        return "No answer given is unfavourable."
    weakest = [item for item, count in against.items() if count == most]
    each = " each" if len(weakest) > 1 else ""
    studies = f"{most} of {_several(len(appraisal.studies), 'study', 'studies')}{each}"
    return f"Most often unfavourable: {'items' if each else 'item'} {', '.join(weakest)} ({studies})."
