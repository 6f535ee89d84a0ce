"""Each signal on the date on which it would have fired; what could not be tried says why, and never looks like no."""

from perennial.living.back_test import OTHER_KIND, contrast_tried, estimates_tried, retractions_tried
from perennial.living.history import replayed

MODELS = {"model": {"method": "inverse_variance", "transformation": "logit", "tau2": "DL", "interval": "wald"}}
LIMITS = {"low": 25, "moderate": 50}
OUTSIDE = "the estimate lies outside the interval of before"


def history(*days: tuple[str, list[tuple[int, int]]]) -> list[dict]:
    found = [
        {
            "date": day,
            "reconstructed": day < "2022-01-01",
            "rows": [{"arm_id": f"a{i}", "report_id": f"r{i}", "events": e, "n": n} for i, (e, n) in enumerate(counts)],
            "left_out": [],
        }
        for day, counts in days
    ]
    return replayed(found, MODELS, 0.95)


def tried(steps: list[dict], clinical: float | None = None, first_search: str | None = None) -> list[dict]:
    return estimates_tried(steps, "model", LIMITS, clinical, first_search)


GROWING = history(
    ("2020-01-01", [(50, 100)]),
    ("2021-01-01", [(50, 100), (52, 100)]),
    ("2022-01-01", [(50, 100), (52, 100), (95, 100)]),
)


def test_a_signal_fires_on_its_date_and_names_the_step_before():
    fired = [(each["date"], each["before"], each["rule"]) for each in tried(GROWING) if each["fired"]]
    assert fired == [
        ("2022-01-01", "2021-01-01", OUTSIDE),
        ("2022-01-01", "2021-01-01", "the class of heterogeneity changed"),
    ]
    numbers = next(each["said"] for each in tried(GROWING) if each["fired"])
    assert numbers.startswith("51.0% before, ")


def test_a_threshold_is_tried_only_where_one_is_configured():
    crossed = [each for each in tried(GROWING, clinical=0.65) if each["rule"] == "the threshold of 65.0% was crossed"]
    assert [(each["date"], each["fired"]) for each in crossed] == [("2021-01-01", False), ("2022-01-01", True)]
    assert not any("threshold" in each["rule"] for each in tried(GROWING))


def test_at_the_first_step_there_is_nothing_to_compare_with():
    first = tried(GROWING)[0]
    assert (first["date"], first["before"], first["fired"]) == ("2020-01-01", None, None)
    assert first["said"] == "there was no estimate before"


def test_one_study_before_gives_no_prediction_interval_and_no_heterogeneity_to_compare_with():
    second = {each["rule"]: each["fired"] for each in tried(GROWING) if each["date"] == "2021-01-01"}
    assert list(second.values()).count(None) == 2
    assert second[OUTSIDE] is False


def test_the_day_of_the_first_archived_search_is_not_compared_with_a_reconstruction():
    told = [each for each in tried(GROWING, first_search="2022-01-01") if each["date"] == "2022-01-01"]
    assert [(each["fired"], each["said"]) for each in told] == [(None, OTHER_KIND)]
    assert tried(GROWING, first_search="2022-01-01")[0]["said"] != OTHER_KIND


def test_a_contrast_is_tried_on_every_day_on_which_one_side_changed():
    low = history(("2020-01-01", [(10, 100)]), ("2021-01-01", [(10, 100), (12, 100)]))
    high = history(("2020-06-01", [(40, 100), (42, 100)]), ("2023-01-01", [(11, 100), (12, 100)]))
    told = contrast_tried({"Low": low, "High": high}, "High against low", "model", 0.95, None)
    assert [(each["date"], each["before"], each["fired"]) for each in told] == [
        ("2020-01-01", None, None),
        ("2020-06-01", "2020-01-01", None),
        ("2021-01-01", "2020-06-01", None),
        ("2023-01-01", "2021-01-01", True),
    ]
    assert [each["said"] for each in told[:3]] == [
        "no test: Low has 1 study and High has no studies",
        "no test: Low has 1 study",
        "there was no test before",
    ]
    assert told[3]["said"].startswith("P < 0.001 before, P = ")


HISTORIES = {("orr", "mono"): GROWING}


def status(report: str, state: str, published: str = "", source: str = "Crossref") -> dict[str, str]:
    told = {"report_id": report, "state": state, "published": published, "notice": "10.1/x" if published else ""}
    return {**told, "source": source, "checked": "2026-01-01"}


def test_a_retraction_fires_once_on_the_day_of_its_notice_though_another_source_gives_no_day():
    rows = [status("r0", "retraction", source="PubMed"), status("r0", "retraction", "2021-05-05")]
    rows += [status("r1", "nothing known"), status("r2", "correction", "2021-06-06")]
    (told,) = retractions_tried(rows, HISTORIES)
    assert (told["date"], told["fired"]) == ("2021-05-05", True)
    assert "r0: PubMed" in told["said"] and "10.1/x" in told["said"]
    (undated,) = retractions_tried(rows[:1], HISTORIES)
    assert (undated["date"], undated["fired"]) == ("", True)


def test_reports_that_nobody_asked_about_are_not_called_clean():
    (unasked,) = retractions_tried([status(f"r{i}", "not checked") for i in range(3)], HISTORIES)
    assert unasked["fired"] is None
    rows = [status("r0", "not checked"), status("r1", "nothing known"), status("r2", "nothing known")]
    (told,) = retractions_tried(rows, HISTORIES)
    assert (told["fired"], told["said"]) == (False, "2 of 3 reports were looked up")
