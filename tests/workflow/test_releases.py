"""Two releases of the shipped review and a third after a correction and a change of method: what changed, and why."""

import json
import os
import subprocess
import sys

import pytest

from perennial.commands.compare import changes
from perennial.living.causes import STEPS
from perennial.living.releases import make_release
from perennial.living.words import as_markdown
from perennial.workflow.comparing import ComparisonError

BRODY = "brody2025-naive,cr,best response,all,not_stated,50,74,reported,68"
CORRECTED = BRODY.replace(",50,74,reported,68", ",51,74,reported,69")
ESTIMATES = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2", "k", "n", "heterogeneity", "side")


def freeze(project, version: str, day: str) -> dict:
    """Release what is needed of a version, without its figures and page; what changed since the one before."""
    folder = f"results/as_of/{day}"
    targets = [f"{folder}/{file}" for file in ("summary.json", "records/report_status.csv", "update/changes.json")]
    run = project.run(*targets, "--config", f"version={version}", f"as_of={day}", timeout=900)
    assert run.code == 0, run.output[-3000:]
    card = json.loads((project.root / folder / "identity" / "make_release" / "review.json").read_bytes())
    meaning = {key: card[key] for key in ("as_of", "reconstructed", "primary_model", "software")}
    make_release(project.root, version, project.root / folder, meaning)
    return told_by_the_run(project, folder)


def told_by_the_run(project, folder: str) -> dict:
    return json.loads((project.root / folder / "update" / "changes.json").read_bytes())


@pytest.fixture(scope="module")
def history(copied, tmp_path_factory):
    """The project and what each step of its history tells, by version; the third is released as a person would."""
    project = copied(tmp_path_factory.mktemp("history") / "project")
    told = {"v1": freeze(project, "v1", "2024-12-31"), "v2": freeze(project, "v2", "2025-05-20")}
    project.edit("data/extraction/outcomes.csv", BRODY, CORRECTED)
    project.edit("config/config.yaml", "primary_model: as_published", "primary_model: recommended")
    run = project.run("release", "--config", "version=v3", timeout=900)
    assert run.code == 0, run.output[-3000:]
    told["v3"] = told_by_the_run(project, "results")
    return project, told


def by_analysis(told: dict) -> dict[str, dict]:
    return {f"{each['outcome']}.{each['group']}": each for each in told["estimates"]}


def test_the_first_release_has_nothing_to_compare_with(history):
    assert history[1]["v1"]["before"] is None


def test_the_second_tells_the_new_studies_and_nothing_else(history):
    told = history[1]["v2"]
    assert told["before"]["version"] == "v1"
    assert told["studies"]["new"] == ["brody2025", "cartron2025", "chong2025", "topp2025"]
    assert not any(told["studies"][kind] for kind in ("withdrawn", "superseded", "re_extracted", "retracted"))
    assert told["protocol"]["settings"] == [] and told["software"] == []
    mono = by_analysis(told)["orr.monotherapy"]
    assert (mono["before"]["k"], mono["now"]["k"]) == (2, 5)
    assert mono["causes"]["new evidence"] == pytest.approx(mono["total"])
    assert {signal["rule"] for signal in mono["signals"] if signal["fired"]} == {"the class of heterogeneity changed"}


@pytest.mark.parametrize("between", ["by the run", "v2 and v3", "v2 and now"])
def test_a_correction_and_another_model_at_once_are_told_apart_and_add_up(history, between):
    project, told = history
    later = {"v2 and v3": "v3", "v2 and now": None}
    told = told["v3"] if between == "by the run" else changes(project.root, "v2", later[between])
    (row,) = told["studies"]["re_extracted"]
    assert (row["arm_id"], row["before"], row["now"]) == ("brody2025-naive", "50/74", "51/74")
    setting = {"setting": "primary_model", "before": "as_published", "now": "recommended"}
    assert setting in told["protocol"]["settings"]
    for each in told["estimates"]:
        assert set(each["causes"]) == set(STEPS)
        assert sum(each["causes"].values()) == pytest.approx(each["total"], abs=1e-12)
        assert each["causes"]["changed code"] == pytest.approx(0, abs=1e-12)
        assert each["causes"]["new evidence"] == 0
        assert abs(each["causes"]["changed method"]) > 1e-6
        corrected = each["outcome"] == "cr" and each["group"] == "naive"
        assert (abs(each["causes"]["corrected data"]) > 1e-6) == corrected


def test_over_both_releases_each_cause_is_there(history):
    told = by_analysis(changes(history[0].root, "v1", "v3"))["cr.naive"]
    assert sum(told["causes"].values()) == pytest.approx(told["total"], abs=1e-12)
    assert all(abs(told["causes"][step]) > 1e-6 for step in ("changed method", "new evidence"))


def test_a_comparison_ends_with_the_numbers_as_they_were_released(history):
    project, _ = history
    told = changes(project.root, "v1", "v3")
    for version, side in (("v1", "before"), ("v3", "now")):
        summary = json.loads((project.root / "data" / "releases" / version / "summary.json").read_bytes())
        for each in told["estimates"]:
            released = summary["analyses"][each["outcome"]][each["group"]]
            assert {key: each[side][key] for key in ("estimate", "pi_low", "tau2", "i2")} == {
                key: released[key] for key in ("estimate", "pi_low", "tau2", "i2")
            }
        for each in told["contrasts"]:
            models = summary["comparisons"][each["outcome"]][each["comparison"]]["models"]
            assert each[side]["q_p"] == models[summary["primary_model"]]["q_p"]


def test_going_back_in_time_takes_evidence_away_and_corrects_nothing(history):
    told = by_analysis(changes(history[0].root, "v2", "v1"))["orr.monotherapy"]
    assert told["causes"]["corrected data"] == 0
    assert told["causes"]["new evidence"] == pytest.approx(told["total"])


def test_the_data_the_text_and_the_page_tell_the_same(history):
    project, told = history
    page = (project.root / "results" / "report" / "index.html").read_text(encoding="utf-8")
    text = (project.root / "results" / "update" / "changes.md").read_text(encoding="utf-8")
    for each in told["v3"]["estimates"]:
        for side in ("before", "now"):
            assert all(key in each[side] for key in ESTIMATES)
            numbers = [f"{100 * each[side][key]:.1f}" for key in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")]
            i2, conclusion = f"{each[side]['i2']:.1f}%", f"{each[side]['heterogeneity']} heterogeneity"
            for said in (*numbers, i2, conclusion, f"{each[side]['tau2']:.4f}" if each[side]["tau2"] else "0"):
                assert said in page and said in text
    for each in told["v3"]["contrasts"]:
        assert each["label"] in page and each["now"]["verdict"] in page and each["now"]["verdict"] in text
    assert "version v3 (before it: v2)" in page
    assert "51/74 in the place of 50/74" in page and "51/74 in the place of 50/74" in text
    assert "primary_model: recommended in the place of as_published" in page


def test_the_command_tells_what_the_run_tells(history):
    project, told = history
    told_of = compare(project, "v2", "v3")
    assert told_of.returncode == 0, told_of.stderr
    assert told_of.stdout == as_markdown({key: value for key, value in told["v3"].items() if key != "notices"})
    as_data = json.loads(compare(project, "v2", "v3", "--json").stdout)
    assert as_data["estimates"] == told["v3"]["estimates"]
    refused = compare(project, "v9")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "v9: no such release. Remedy: name one that is there: v1, v2, v3.\n"


def compare(project, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "perennial", "compare", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(project.root / "src")}
    return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True)


def test_outcomes_groups_and_comparisons_that_came_or_went_are_told(history, tmp_path):
    project = history[0].copy(tmp_path / "project")
    naive = '  naive:\n    label: CAR-T-naive\n    where: {prior_cart: ["no"]}\n'
    anyone = '  anyone:\n    label: With or without CAR-T\n    where: {prior_cart: ["yes", "no"]}\n'
    project.edit("config/config.yaml", naive, anyone)
    project.edit("config/config.yaml", "[monotherapy, combination, naive]", "[monotherapy, combination, anyone]")
    project.edit("config/config.yaml", "groups: [naive]", "groups: [anyone]")
    project.edit(
        "config/config.yaml", "  regimen: {label: Combination against", "  renamed: {label: Combination versus"
    )
    told = changes(project.root, "v3", None)
    assert told["protocol"]["added"] == {"outcome": [], "group": ["With or without CAR-T"], "comparison": ["Combination versus monotherapy after CAR-T"], "model": []}  # fmt: skip
    assert told["protocol"]["removed"]["group"] == ["CAR-T-naive"]
    estimates = by_analysis(told)
    assert estimates["orr.anyone"]["before"] is None and estimates["orr.anyone"]["now"]["k"] > 5
    assert estimates["orr.naive"]["now"] is None and estimates["orr.naive"]["before"]["k"] == 3
    text = as_markdown(told)
    for said in ("Added: group With or without CAR-T.", "No longer there: group CAR-T-naive.", "not analysed", "no longer in the protocol", "not compared"):  # fmt: skip
        assert said in text


def test_a_release_that_cannot_be_read_says_so(history, tmp_path):
    project = history[0].copy(tmp_path / "project")
    path = project.root / "data" / "releases" / "v2" / "report_status.csv"
    path.write_text(path.read_text(encoding="utf-8") + "x", encoding="utf-8")
    with pytest.raises(ComparisonError, match=r"version v2: .*not the file that was released"):
        changes(project.root, "v1", "v2")


def test_a_version_that_exists_is_refused_unless_it_is_the_same(history, tmp_path):
    project = history[0].copy(tmp_path / "project")
    receipt = project.root / "results" / "receipts" / "release-v3.json"
    before = receipt.read_bytes()
    receipt.unlink()
    again = project.run("release", "--config", "version=v3", timeout=900)
    assert again.code == 0 and again.jobs == ["make_release/v3", "release"], again.output[-3000:]
    assert receipt.read_bytes() == before
    receipt.unlink()
    (project.root / "data" / "a-note.txt").write_text("Another state.\n", encoding="utf-8")
    run = project.run("release", "--config", "version=v3", timeout=900)
    assert run.code == 1
    assert "data/releases/v3 exists, and is of another state. Remedy: give this version another name." in run.output
