"""Each rule with the numbers on both sides of it; a rule that cannot be applied never looks like one that did not fire."""

import pytest

from perennial.living.signals import contrast_signal, retraction_signal, side_of, signals

BOUNDS = {"low": 25, "moderate": 50}
CLASSES = {"old": BOUNDS, "new": BOUNDS}
LEVELS = {"old": 0.95, "new": 0.95}
BEFORE = {"k": 3, "estimate": 0.5, "ci_low": 0.4, "ci_high": 0.6, "pi_low": 0.2, "pi_high": 0.8, "i2": 10.0}


def fired(now: dict, clinical: float | None = None, before: dict = BEFORE) -> dict[str, bool | None]:
    return {signal.rule: signal.fired for signal in signals(before, BEFORE | now, CLASSES, clinical)}


def test_nothing_changed_and_nothing_fires():
    assert set(fired({}, clinical=0.3).values()) == {False}


@pytest.mark.parametrize(("estimate", "ci", "pi"), [(0.6, False, False), (0.61, True, False), (0.39, True, False), (0.81, True, True)])  # fmt: skip
def test_the_estimate_against_the_intervals_of_before(estimate, ci, pi):
    found = fired({"estimate": estimate, "ci_low": 0.0, "ci_high": 1.0})
    assert found["the estimate lies outside the interval of before"] is ci
    assert found["the estimate lies outside the prediction interval of before"] is pi


@pytest.mark.parametrize(("i2", "changed"), [(25.0, False), (25.1, True), (60.0, True)])
def test_the_class_of_heterogeneity(i2, changed):
    assert fired({"i2": i2})["the class of heterogeneity changed"] is changed


@pytest.mark.parametrize(
    ("now", "crossed"),
    [({}, False), ({"estimate": 0.46}, True), ({"ci_low": 0.46}, True), ({"ci_high": 0.44}, True), ({"estimate": 0.47, "ci_low": 0.3}, False)],
)  # fmt: skip
def test_a_threshold_is_crossed_by_the_estimate_or_by_an_end_of_its_interval(now, crossed):
    before = BEFORE | {"estimate": 0.44 if now.get("estimate") == 0.46 else 0.5}
    assert fired(now, 0.45, before)["the threshold of 45.0% was crossed"] is crossed


def test_without_a_threshold_no_rule_speaks_of_one():
    assert not any("threshold" in rule for rule in fired({}))


def test_what_cannot_be_compared_says_so():
    (only,) = signals(BEFORE, BEFORE | {"estimate": None}, CLASSES, 0.5)
    assert only.fired is None and "no estimate" in only.said
    found = fired({"i2": None})
    assert found["the class of heterogeneity changed"] is None


@pytest.mark.parametrize(("old", "new", "expected"), [(0.04, 0.06, True), (0.06, 0.2, False), (None, 0.01, None)])
def test_the_verdict_on_a_contrast(old, new, expected):
    found = contrast_signal("A against B", {"q_p": old}, {"q_p": new}, LEVELS)
    assert found.fired is expected


def test_a_verdict_is_by_the_level_of_its_own_version():
    found = contrast_signal("A against B", {"q_p": 0.04}, {"q_p": 0.04}, {"old": 0.95, "new": 0.99})
    assert found.fired is True and "limits 0.05 and 0.01" in found.said


def test_a_class_is_by_the_bounds_of_its_own_version():
    classes = {"old": BOUNDS, "new": {"low": 5, "moderate": 50}}
    changed = {signal.rule: signal for signal in signals(BEFORE, BEFORE, classes, None)}
    assert changed["the class of heterogeneity changed"].fired is True


@pytest.mark.parametrize(
    ("low", "middle", "high", "side"),
    [
        (0.4, 0.5, 0.6, "above"),
        (0.1, 0.2, 0.3, "not above"),
        (0.3, 0.4, 0.6, "above, the interval holds it"),
        (0.2, 0.3, 0.6, "not above, the interval holds it"),
        (None, None, None, None),
    ],
)
def test_the_side_of_a_threshold(low, middle, high, side):
    assert side_of({"ci_low": low, "estimate": middle, "ci_high": high}, 0.35) == side


def row(report: str, state: str) -> dict[str, str]:
    return {"report_id": report, "state": state}


@pytest.mark.parametrize(
    ("retracted", "status", "fired", "said"),
    [
        ({"one": "PubMed: retraction"}, [row("one", "retraction")], True, "one: PubMed: retraction"),
        ({}, [row("one", "nothing known"), row("two", "not checked")], False, "1 of 2 reports were looked up"),
        ({}, [row("one", "not checked"), row("one", "not in this source")], None, "0 of 1 reports were looked up"),
        ({}, [], None, "no report to look up"),
    ],
)
def test_a_retraction_and_that_nobody_looked_are_different_things(retracted, status, fired, said):
    (found,) = retraction_signal(retracted, status)
    assert (found.fired, found.said) == (fired, said)
