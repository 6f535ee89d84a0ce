"""What waits for people besides screening, in a sentence for each list of results/todo/."""

from collections import Counter
from pathlib import Path

from perennial.csv_table import read_csv


def work_sentences(results: Path) -> list[tuple[str, str]]:
    """The lists that hold something, each with a sentence that names its file."""
    told = []
    for path in sorted((results / "todo").glob("*.csv")):
        first, _, rest = path.stem.partition("-")
        if first in SENTENCES and (rows := read_csv(path)):
            told.append((path.stem, f"{SENTENCES[first](rows, rest)} The list: todo/{path.name}."))
    return told


NOUNS = {
    "screening": ("record to screen", "records to screen"),
    "conflicts": ("disagreement to settle", "disagreements to settle"),
    "reports": ("report to tie to a study", "reports to tie to a study"),
    "arms": ("study without arms", "studies without arms"),
    "extraction": ("result to extract", "results to extract"),
    "consensus": ("extraction to settle", "extractions to settle"),
    "overlaps": ("overlap to judge", "overlaps to judge"),
    "notices": ("notice to decide on", "notices to decide on"),
    "checks": ("odd number to look at", "odd numbers to look at"),
    "appraisal": ("item to appraise", "items to appraise"),
    "duplicates": ("pair of records to compare", "pairs of records to compare"),
    "living": ("thing to say of the living mode", "things to say of the living mode"),
}
"""By the first word of the list's name, in the order of a review."""


def todo_in_short(results: Path) -> str:
    """How much waits for people, in one line; empty where nothing does."""
    counts = Counter()
    for path in (results / "todo").glob("*.csv"):
        counts[path.stem.partition("-")[0]] += len(read_csv(path))
    return ", ".join(several(counts[name], *noun) for name, noun in NOUNS.items() if counts[name])


def several(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _reports(rows: list[dict], rest: str) -> str:
    return f"{several(len(rows), 'included report is', 'included reports are')} tied to no study yet."


def _arms(rows: list[dict], rest: str) -> str:
    return f"{several(len({row['study_id'] for row in rows}), 'study has', 'studies have')} no arm yet."


def _extraction(rows: list[dict], rest: str) -> str:
    reports = len({row["report_id"] for row in rows})
    results = several(len(rows), "result", "results")
    return f"Extractor {rest}: {results} to extract from {several(reports, 'report', 'reports')}."


def _consensus(rows: list[dict], rest: str) -> str:
    return f"The extractors differ on {several(len(rows), 'result', 'results')}; none is pooled until they agree."


def _overlaps(rows: list[dict], rest: str) -> str:
    pairs = several(len(rows), "pair of reports", "pairs of reports")
    return f"{pairs} may speak of the same patients; the later is left out until somebody says which counts."


def _notices(rows: list[dict], rest: str) -> str:
    reports = len({row["report_id"] for row in rows})
    said = several(reports, "included report was", "included reports were")
    return f"{said} retracted, corrected or doubted, and nobody has decided yet whether to keep or to exclude it."


def _appraisal(rows: list[dict], rest: str) -> str:
    conflicts = sum(row["role"] == "consensus" for row in rows)
    studies = len({row["study_id"] for row in rows})
    said = f"Appraisal by {rest}: {several(len(rows), 'item wants', 'items want')} an answer"
    differ = f", {conflicts} of them because the appraisers differ" if conflicts else ""
    return f"{said} ({several(studies, 'study', 'studies')}{differ})."


def _living(rows: list[dict], rest: str) -> str:
    told = "; ".join(f"{row['what'][0].lower()}{row['what'][1:]}" for row in rows)
    return f"The living mode, what is not said or is overdue: {told}."


SENTENCES = {
    "reports": _reports,
    "arms": _arms,
    "extraction": _extraction,
    "consensus": _consensus,
    "overlaps": _overlaps,
    "notices": _notices,
    "appraisal": _appraisal,
    "living": _living,
}
"""By the first word of the list's name; the others are told where their subject is."""


def checks_sentence(checks: list[dict], names: dict[str, str]) -> str:
    """`checks` wait for a look; `names` are the labels of studies."""
    if not checks:
        return ""
    held = sorted({names.get(row["holds_back"], row["holds_back"]) for row in checks if row["holds_back"]})
    said = f"{several(len(checks), 'odd thing', 'odd things')} in the evidence to compare with the source"
    return said + (f"; not pooled until somebody corrects or accepts it: {', '.join(held)}." if held else ".")
