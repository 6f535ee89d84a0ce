"""Sentences say what their numbers say, and their cautions."""

import pytest

from perennial.numbers import heterogeneity_class
from perennial.report.sentences import (
    comparison_sentence,
    egger_sentence,
    leave_one_out_sentence,
    pooled_sentence,
)
from perennial.stats.pooling import InverseVariance, pool_proportions
from perennial.stats.sensitivity import leave_one_out

MODEL = InverseVariance("freeman_tukey", "DL", "wald")
BOUNDS = {"low": 25, "moderate": 50}


def sentence(events, n):
    return pooled_sentence("Group", pool_proportions(events, n, MODEL).to_dict(), 0.95, BOUNDS)


@pytest.mark.parametrize(
    ("i2", "word"),
    [(0, "low"), (25, "low"), (25.1, "moderate"), (50, "moderate"), (50.1, "substantial"), (100, "substantial")],
)
def test_the_words_of_the_protocol(i2, word):
    assert heterogeneity_class(i2, BOUNDS) == word


def test_the_published_result_in_words():
    assert sentence([11, 26, 35, 33, 29], [27, 52, 46, 61, 60]) == (
        "Group: 54.5% (95% interval 43.1 to 65.7%) in 5 studies with 246 patients; prediction interval 22.2 to 84.8%; "
        "substantial heterogeneity (I² 68.2%, P = 0.013)."
    )


def test_no_study_and_one():
    assert sentence([], []) == "Group: no study."
    assert sentence([26], [52]) == (
        "Group: one study of 52 patients, 50.0% (95% interval 35.8 to 64.2%); nothing is pooled."
    )


def test_the_range_without_each_study():
    events, n = [11, 26, 35, 33, 29], [27, 52, 46, 61, 60]
    names = dict(zip("abcde", ("Chong", "Hutchings", "Cartron", "Thieblemont", "Topp"), strict=True))
    runs = [{"left_out": a, **run.to_dict()} for a, run in zip("abcde", leave_one_out(events, n, MODEL), strict=True)]
    assert leave_one_out_sentence("Group", runs, names) == (
        "Group: leaving one study out moves the result between 49.5% (without Cartron) and 57.1% (without Chong)."
    )
    refused = [{"left_out": arm, "estimate": None} for arm in "ab"]
    assert leave_one_out_sentence("Group", refused, names) == (
        "Group: the model gives no result when a study is left out."
    )
    assert leave_one_out_sentence("Group", [], names) == "Group: fewer than two studies, none can be left out."


def test_cautions_stand_beside_the_number():
    test = {"k": 8, "p": 0.341, "warnings": ["8 studies, fewer than 10: the test has little power"]}
    assert egger_sentence("Form", "Arms", test) == (
        "Form; Arms, k = 8: P = 0.341 (8 studies, fewer than 10: the test has little power)."
    )
    nothing = {"estimate": None, "warnings": ["not tested: a difference needs two means"]}
    assert comparison_sentence("A against B", nothing) == "A against B: not tested: a difference needs two means."
