"""A release is whole or not there, never changed, and chained to the one before. The review is synthetic."""

import json
import shutil

import pytest

from perennial.living.releases import RELEASES, ReleaseError, make_release, read_releases

MEANING = {"as_of": "2025-01-01", "reconstructed": False}


@pytest.fixture
def project(tmp_path):
    files = {
        "config/config.yaml": "review: {}\n",
        "data/studies.csv": "study_id,label\n",
        "data/returned/screening-AB.csv": "record_id\n",
        "data/search/pubmed/2025-01-01/run.json": "{}",
        "data/imports/x.csv": "title\n",
        "results/summary.json": json.dumps({"analyses": {}}),
        "results/records/report_status.csv": "report_id,state\none,nothing known\n",
        "results/report/index.html": "<p>\n",
        "results/as_of/2020-01-01/summary.json": "{}",
        "results/receipts/release-0.json": "{}",
        "results/.summary.json.half": "{",
        "data/.staging/pubmed/1.json": "{",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def release(project, version: str):
    return make_release(project, version, project / "results", MEANING)


def test_a_release_holds_tables_and_numbers_and_digests_of_everything(project):
    made = release(project, "1.0")
    assert made.summary() == {"analyses": {}}
    assert {path.name for path in made.evidence.rglob("*") if path.is_file()} == {"config.yaml", "studies.csv", "screening-AB.csv"}  # fmt: skip
    assert set(made.told["inputs"]) == {"config/config.yaml", "data/studies.csv", "data/returned/screening-AB.csv", "data/search/pubmed/2025-01-01/run.json", "data/imports/x.csv"}  # fmt: skip
    assert set(made.told["results"]) == {"summary.json", "records/report_status.csv", "report/index.html"}
    assert made.report_status() == [{"report_id": "one", "state": "nothing known"}]
    assert made.told["previous"] is None and made.told["number"] == 1


def test_the_same_state_gives_the_same_bytes(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "project"
    shutil.copytree(project, other)
    assert release(project, "1.0").sha256 == release(other, "1.0").sha256


def test_each_release_names_the_one_before_and_holds_no_other(project):
    first, second = release(project, "1.0"), release(project, "0.9")
    assert second.told["previous"] == {"version": "1.0", "sha256": first.sha256}
    assert [each.version for each in read_releases(project)] == ["1.0", "0.9"]
    assert not any("releases" in name for name in second.told["inputs"])


def test_a_version_is_never_made_of_another_state(project):
    release(project, "1.0")
    (project / "data" / "studies.csv").write_text("study_id,label\none,One\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"1\.0 exists, and is of another state\. Remedy"):
        release(project, "1.0")
    release(project, "2.0")
    with pytest.raises(ReleaseError, match=r"1\.0 exists"):
        release(project, "1.0")


def test_a_run_that_died_after_the_version_was_made_can_be_repeated(project):
    release(project, "0.9")
    first = release(project, "1.0")
    before = {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    assert release(project, "1.0").sha256 == first.sha256
    assert {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("file", ["release.json", "summary.json", "report_status.csv", "evidence/data/studies.csv"])
def test_a_release_verifies_with_the_line_ends_of_another_machine(project, file):
    first = release(project, "1.0")
    second = release(project, "2.0")
    path = second.folder / file
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    again = read_releases(project)[-1]
    assert (again.sha256, again.told) == (second.sha256, second.told)
    assert again.summary() == first.summary() and again.report_status() == first.report_status()


def test_tables_saved_with_other_line_ends_are_the_same_inputs(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "project"
    shutil.copytree(project, other)
    for path in (other / "data").rglob("*.csv"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert release(project, "1.0").sha256 == release(other, "1.0").sha256


def test_what_was_half_made_is_no_release_and_in_nobodys_way(project):
    staging = project / RELEASES / ".1.0.staging"
    staging.mkdir(parents=True)
    (staging / "summary.json").write_text("{", encoding="utf-8")
    assert read_releases(project) == []
    assert release(project, "1.0").summary() == {"analyses": {}}


def test_a_release_that_was_edited_is_noticed(project):
    first = release(project, "1.0")
    release(project, "2.0")
    (first.folder / "summary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReleaseError, match="not the file that was released"):
        read_releases(project)[0].summary()
    manifest = first.folder / "release.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("2025", "2024"), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"it follows on 1\.0"):
        read_releases(project)


def test_a_release_taken_away_is_noticed(project):
    first = release(project, "1.0")
    release(project, "2.0")
    shutil.rmtree(first.folder)
    with pytest.raises(ReleaseError, match=r"it follows on 1\.0"):
        read_releases(project)
