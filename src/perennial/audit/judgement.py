"""Printed against recomputed: reproduced, differs, or not recomputable, and why."""

from collections import defaultdict
from dataclasses import dataclass

from perennial.audit.paper import Paper
from perennial.audit.quantities import STATUSES, Claim, Value, recompute
from perennial.extraction.percentages import possible_events, rounds_to

REPRODUCED, DIFFERS, NOT_RECOMPUTABLE = "reproduced", "differs", "not_recomputable"


@dataclass(frozen=True)
class Finding:
    """One claim judged; `recomputed` is empty where there is nothing to compare with."""

    claim_id: str
    location: str
    text: str
    published: str
    recomputed: str
    verdict: str
    explanation: str


def judge(claims: list[Claim], paper: Paper) -> list[Finding]:
    """Judge each claim against the data, and claims of one quantity against each other. Raises UnknownQuantity."""
    told = defaultdict(list)
    for claim in claims:
        if claim.quantity != "stated":
            told[claim.analysis, claim.quantity].append(claim)
    return [
        _finding(
            claim, recompute(claim, paper), told[claim.analysis, claim.quantity], _other_sizes(claim, claims, paper)
        )
        for claim in claims
    ]


def _other_sizes(claim: Claim, claims: list[Claim], paper: Paper) -> list[Claim]:
    """Claims that give the arm of a percentage another number of patients, by which it would come out."""
    row = paper.rows.get(claim.analysis)
    if claim.quantity != "percent" or claim.decimals is None or row is None or row["population"] != "all":
        return []
    sizes = [c for c in claims if (c.analysis, c.quantity, c.decimals) == (row["arm_id"], "n", 0)]
    fitting = {
        other.value: other
        for other in reversed(sizes)
        if int(other.value) != row["n"] and possible_events(float(claim.value), claim.decimals, int(other.value))
    }
    return list(fitting.values())


def _finding(claim: Claim, found: Value, alike: list[Claim], other_sizes: list[Claim]) -> Finding:
    others = [other for other in alike if other.claim_id != claim.claim_id]
    contrary = [other for other in others if not _same(claim, other)]
    if found.impossible:
        verdict = DIFFERS
    elif found.value is not None:
        verdict = REPRODUCED if _agrees(claim, found.value) else DIFFERS
    else:
        verdict = DIFFERS if contrary else NOT_RECOMPUTABLE
    explanation = found.how
    if contrary:
        explanation += "".join(f"; printed as {other.value} in {other.location}" for other in contrary)
    elif others and verdict == NOT_RECOMPUTABLE:
        explanation += f"; told alike in {', '.join(dict.fromkeys(other.location for other in others))}"
    if verdict == DIFFERS:
        explanation += "".join(_by_size(claim, other) for other in other_sizes)
    printed, recomputed = _words(claim.value), _shown(claim, found.value)
    return Finding(claim.claim_id, claim.location, claim.text, printed, recomputed, verdict, _words(explanation))


def _words(text: str) -> str:
    """Statuses as a reader says them."""
    for status in (*STATUSES, "not_stated"):
        text = text.replace(status, status.replace("_", " "))
    return text


def _by_size(claim: Claim, other: Claim) -> str:
    n = int(other.value)
    events = possible_events(float(claim.value), claim.decimals, n)[0]
    return f"; {events}/{n} would fit, and {other.location} speaks of {n} patients"


def _agrees(claim: Claim, value: float | str) -> bool:
    if claim.decimals is None or isinstance(value, str):
        return str(value) == claim.value
    return rounds_to(value, float(claim.value), claim.decimals)


def _same(claim: Claim, other: Claim) -> bool:
    """Equal at the decimals that both print."""
    if claim.decimals is None or other.decimals is None:
        return claim.value == other.value
    decimals = min(claim.decimals, other.decimals)
    return rounds_to(float(claim.value), round(float(other.value), decimals), decimals)


def _shown(claim: Claim, value: float | str | None) -> str:
    """One decimal more than was printed, so that a reader sees how near it is."""
    if value is None or isinstance(value, str):
        return _words(value or "")
    if claim.decimals is None:
        return f"{value:g}"
    return f"{value:.0f}" if float(value).is_integer() and claim.decimals == 0 else f"{value:.{claim.decimals + 1}f}"
