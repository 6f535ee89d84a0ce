"""Two releases of the shipped review and a third after a correction and a change of method: what changed, and why."""

import json

import pytest

BRODY = "brody2025-naive,cr,best response,all,not_stated,50,74,reported,68"
CORRECTED = BRODY.replace(",50,74,reported,68", ",51,74,reported,69")


@pytest.fixture(scope="module")
def history(copied, tmp_path_factory):
    """The changes that each step of the history tells, by its name."""
    project = copied(tmp_path_factory.mktemp("history") / "project")
    told = {}
    for version, day in (("v1", "2024-12-31"), ("v2", "2025-05-20")):
        run = project.run("release", "--config", f"version={version}", f"as_of={day}")
        assert run.code == 0, run.output[-3000:]
        told[version] = changes(project, f"results/as_of/{day}")
    project.edit("data/extraction/outcomes.csv", BRODY, CORRECTED)
    project.edit("config/config.yaml", "primary_model: as_published", "primary_model: recommended")
    run = project.run("results/update/changes.json", "results/report/index.html")
    assert run.code == 0, run.output[-3000:]
    told["now"] = changes(project, "results")
    return project, told


def changes(project, folder: str) -> dict:
    found = json.loads((project.root / folder / "update" / "changes.json").read_bytes())
    for each in found.get("estimates", []):
        found[f"{each['outcome']}.{each['group']}"] = each
    return found


def test_the_first_release_has_nothing_to_compare_with(history):
    assert history[1]["v1"]["before"] is None


def test_the_second_tells_the_new_studies_and_nothing_else(history):
    told = history[1]["v2"]
    assert told["before"]["version"] == "v1"
    assert told["studies"]["new"] == ["brody2025", "cartron2025", "chong2025", "topp2025"]
    assert not any(told["studies"][kind] for kind in ("withdrawn", "superseded", "re_extracted", "retracted"))
    mono = told["orr.monotherapy"]
    assert (mono["before"]["k"], mono["now"]["k"]) == (2, 5)
    assert mono["causes"]["new evidence"] == pytest.approx(mono["total"])
    assert {signal["rule"] for signal in mono["signals"] if signal["fired"]} == {"the class of heterogeneity changed"}


def test_a_correction_and_another_model_at_once_are_told_apart_and_add_up(history):
    told = history[1]["now"]
    (row,) = told["studies"]["re_extracted"]
    assert (row["arm_id"], row["before"], row["now"]) == ("brody2025-naive", "50/74", "51/74")
    for each in told["estimates"]:
        assert sum(each["causes"].values()) == pytest.approx(each["total"], abs=1e-12)
        assert each["causes"]["changed code"] == pytest.approx(0, abs=1e-12)
        assert each["causes"]["new evidence"] == 0
        assert abs(each["causes"]["changed method"]) > 1e-6
        corrected = each["outcome"] == "cr" and each["group"] == "naive"
        assert (abs(each["causes"]["corrected data"]) > 1e-6) == corrected


def test_the_page_names_the_version_before_and_what_changed(history):
    project, _ = history
    page = (project.root / "results" / "report" / "index.html").read_text(encoding="utf-8")
    assert "working state after version v2" in page
    assert "51/74 in the place of 50/74" in page
    released = json.loads((project.root / "data" / "releases" / "v2" / "summary.json").read_bytes())
    assert (released["version"], released["previous_version"]) == ("v2", "v1")


def test_a_version_that_exists_is_refused(history):
    project, _ = history
    (project.root / "results" / "receipts" / "release-v2.json").unlink()
    run = project.run("release", "--config", "version=v2", "as_of=2025-05-20")
    assert run.code == 1
    assert "data/releases/v2 exists, and is of another state. Remedy: give this version another name." in run.output
