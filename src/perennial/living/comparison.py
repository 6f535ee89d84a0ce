"""Two versions of a review side by side: studies, estimates, conclusions, causes and signals, as data."""

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.living.causes import pooled, way
from perennial.living.changes import study_changes
from perennial.living.signals import contrast_signal, retraction_signal, side_of, signals
from perennial.numbers import heterogeneity_class
from perennial.records.status import retractions
from perennial.stats.subgroups import pooled_difference

SHOWN = ("k", "n", "events", "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2")
CONTRAST = ("estimate", "ci_low", "ci_high", "scale", "q_p", "warnings")

Told = dict[str, Any]
Meaning = Mapping[str, Any]
Status = Sequence[Mapping[str, str]]


def compare(meaning: Meaning, status: Status) -> Told:
    """What changed between the two versions that `meaning` describes, as ``perennial.workflow.comparing`` makes it.

    `status` is what is known of the reports in the later version (results/records/report_status.csv). The result is
    plain data; ``words`` says it in sentences.
    """
    walked = {name: _walked(meaning, name) for name in meaning["analyses"]}
    now = {name: result for name, (_, result) in walked.items()}
    now |= {name: _pooled_now(meaning, name) for name in meaning["added"]}
    retracted = retractions(status)
    known_before = retractions(meaning["status_before"])
    new_retractions = {report: said for report, said in retracted.items() if report not in known_before}
    analyses, studies = meaning["analyses"], meaning["studies"]
    counts = {step: {name: each[step] for name, each in analyses.items()} for step in ("old", "evidence")}
    return {
        "before": meaning["before"],
        "now": meaning["now"],
        "protocol": meaning["protocol"],
        "software": meaning["software"],
        "studies": {
            **study_changes(studies["before"], studies["now"], counts["old"], counts["evidence"], new_retractions),
            "labels": studies["labels"],
        },
        "estimates": [
            _estimate(meaning, name, *walked[name])
            if name in walked
            else _one_side(meaning, name, meaning["removed"].get(name), now.get(name))
            for name in meaning["order"]
        ],
        "contrasts": _contrasts(meaning, now),
        "signals": [signal.to_dict() for signal in retraction_signal(new_retractions, status)],
    }


def _walked(meaning: Meaning, name: str) -> tuple[Any, Told]:
    later = meaning["later"] and meaning["later"][name]
    return way(meaning["released"][name], meaning["analyses"][name], meaning["models"], meaning["levels"], later)


def _pooled_now(meaning: Meaning, name: str) -> Told:
    """An analysis that the earlier version did not have."""
    if meaning["later"]:
        return meaning["later"][name]
    return pooled(meaning["added"][name], meaning["models"]["new"], meaning["levels"]["new"])


def _estimate(meaning: Meaning, name: str, walked: Any, result: Told) -> Told:
    outcome = name.partition(".")[0]
    before, now = ({key: each[key] for key in SHOWN} for each in (meaning["released"][name], result))
    threshold, classes = meaning["thresholds"].get(outcome), meaning["heterogeneity"]
    found = signals(before, now, classes, threshold)
    return {
        **_named(meaning, name),
        "before": before | _conclusions(before, classes["old"], threshold),
        "now": now | _conclusions(now, classes["new"], threshold),
        "causes": walked.causes,
        "path": walked.values,
        "total": walked.total,
        "signals": [signal.to_dict() for signal in found],
    }


def _one_side(meaning: Meaning, name: str, before: Meaning | None, now: Meaning | None) -> Told:
    """An analysis that only one of the two versions has."""
    threshold, classes = meaning["thresholds"].get(name.partition(".")[0]), meaning["heterogeneity"]
    sides = {
        side: each and {key: each[key] for key in SHOWN} | _conclusions(each, bounds, threshold)
        for side, each, bounds in (("before", before, classes["old"]), ("now", now, classes["new"]))
    }
    return {**_named(meaning, name), **sides, "causes": None, "path": None, "total": None, "signals": []}


def _named(meaning: Meaning, name: str) -> Told:
    outcome, _, group = name.partition(".")
    labels = meaning["labels"]
    return {"outcome": outcome, "group": group, "label": f"{labels['outcomes'][outcome]}, {labels['groups'][group]}"}


def _conclusions(result: Meaning, classes: Mapping[str, float], threshold: float | None) -> Told:
    i2 = result["i2"]
    return {
        "heterogeneity": None if i2 is None else heterogeneity_class(i2, classes),
        "threshold": threshold,
        "side": None if threshold is None else side_of(result, threshold),
    }


def _contrasts(meaning: Meaning, now: Mapping[str, Told]) -> list[Told]:
    """The verdicts on comparisons of groups, each under the primary model of its side."""
    found = []
    for each in meaning["contrasts"]:
        outcome, comparison, old, new = (each[key] for key in ("outcome", "comparison", "before", "now"))
        if new is None and each["groups"]:
            first, second = (now[f"{outcome}.{group}"] for group in each["groups"])
            new = pooled_difference(first, second, meaning["levels"]["new"])
        label = f"{meaning['labels']['comparisons'][comparison]} ({meaning['labels']['outcomes'][outcome]})"
        sides = {
            side: each and {key: each.get(key) for key in CONTRAST} | {"verdict": _verdict(each, level)}
            for side, each, level in (("before", old, meaning["levels"]["old"]), ("now", new, meaning["levels"]["new"]))
        }
        told = contrast_signal(label, old, new, meaning["levels"]) if old and new else None
        found.append(
            {
                "outcome": outcome,
                "comparison": comparison,
                "label": label,
                **sides,
                "signals": [told.to_dict()] if told else [],
            }
        )
    return found


def _verdict(contrast: Meaning, level: float) -> str:
    p = contrast.get("q_p")
    if p is None:
        return "not tested"
    return "the groups differ" if p < 1 - level else "no difference shown"
