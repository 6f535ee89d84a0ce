"""When a planned search is due, and by how much it is overdue, on a day that is given."""

from datetime import date, timedelta

import pytest

from perennial.living.schedule import INTERVALS, planned_searches

LAST = date(2026, 3, 1)


def on(day: date, every="weekly", last=LAST):
    (found,) = planned_searches({"pubmed": every}, {"pubmed": last} if last else {}, day)
    return found


@pytest.mark.parametrize(("days", "due", "overdue"), [(0, False, 0), (6, False, 0), (7, True, 0), (8, True, 1), (30, True, 23)])  # fmt: skip
def test_it_is_due_when_the_interval_is_over_and_overdue_the_day_after(days, due, overdue):
    found = on(LAST + timedelta(days=days))
    assert (found.is_due, found.overdue) == (due, overdue)


def test_what_was_never_searched_is_due_and_not_late_by_a_number():
    found = on(LAST, last=None)
    assert (found.last, found.due, found.is_due, found.overdue) == (None, None, True, 0)


def test_an_interval_may_be_a_number_of_days():
    found = on(LAST + timedelta(days=11), every=10)
    assert (found.every, found.due, found.overdue) == ("every 10 days", LAST + timedelta(days=10), 1)


def test_what_is_not_searched_again_is_never_due():
    assert planned_searches({"Hand search": "never"}, {}, LAST) == []


def test_no_calendar_makes_a_search_late_that_was_done_on_the_same_day_of_the_next_period():
    """From 1 January to 1 February are 31 days, from 1 July to 1 January 184, over a leap day 366."""
    longest = {"monthly": 31, "quarterly": 92, "half_yearly": 184, "yearly": 366}
    assert {word: INTERVALS[word] for word in longest} == longest
