"""A release exported: judged by the programs of others, repeated in R, and searched for what must not be in it."""

import base64
import csv
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

KEY = "SyntheticKey0123456789"
USER = "synthetic-user"
PROFILES = ["process-run-crate", "workflow-run-crate", "provenance-run-crate"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whose(tmp_path_factory):
    """Runs and exports are those of a user with a name and a key, which must be found nowhere."""
    tmp_path_factory.getbasetemp()  # it is named after the user
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("USER", USER), ("LOGNAME", USER), ("NCBI_API_KEY", KEY)):
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def released(whose, whole_run, tmp_path_factory):
    """The shipped review with a release, exported."""
    project = whole_run[0].copy(tmp_path_factory.mktemp("exports") / "project")
    run = project.run("release", "--config", "version=v1")
    assert run.code == 0, run.output[-3000:]
    done = export(project)
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def folder(released):
    return released.root / "exports" / "v1"


def export(project, version: str = "v1") -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "perennial", "export", version]
    environment = {**project.environment, "PYTHONPATH": str(project.root / "src")}
    return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, timeout=120)


# ---- The crate --------------------------------------------------------------------------------------------------------


@pytest.fixture
def validate(monkeypatch):
    """The public validator at REQUIRED level, offline: JSON-LD contexts come from the package `rocrate`.

    It ships the context of RO-Crate 1.3; in 1.1 four terms have other addresses. The terms of workflow runs are in a
    vocabulary of their own.
    """
    requests, rocrate = pytest.importorskip("requests"), pytest.importorskip("rocrate")
    services = pytest.importorskip("rocrate_validator.services")
    from rocrate_validator.models import Severity
    from rocrate_validator.utils.http import HttpRequester

    shipped = json.loads((Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_bytes())["@context"]
    bioschemas, terms = "https://bioschemas.org/", "https://w3id.org/ro/terms/workflow-run#"
    old = {name: bioschemas + name for name in ("ComputationalWorkflow", "FormalParameter")}
    old |= {name: f"{bioschemas}ComputationalWorkflow#{name}" for name in ("input", "output")}
    served = {
        "https://w3id.org/ro/crate/1.1/context": {**shipped, **old},
        "https://w3id.org/ro/terms/workflow-run/context": {"sha256": f"{terms}sha256"},
    }

    def get(self, url, **_):
        response = requests.Response()
        response.status_code, response.url = (200 if url in served else 404), url
        response._content = json.dumps({"@context": served.get(url)}).encode()
        response.headers["Content-Type"] = "application/ld+json"
        return response

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)

    def issues(crate: Path, profile: str) -> list[str]:
        settings = services.ValidationSettings(
            rocrate_uri=str(crate), profile_identifier=profile, requirement_severity=Severity.REQUIRED, no_cache=True
        )
        return [f"{issue.check.identifier}: {issue.message}" for issue in services.validate(settings).get_issues()]

    return issues


@pytest.mark.parametrize("profile", PROFILES)
def test_the_public_validator_accepts_the_crate(validate, folder, profile):
    assert validate(folder / "crate", profile) == []


def test_the_validator_would_say_what_is_wrong(validate, folder, tmp_path):
    crate = shutil.copytree(folder / "crate", tmp_path / "crate")
    metadata = crate / "ro-crate-metadata.json"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace('"HowTo"', '"Thing"'), encoding="utf-8")
    (crate / "results" / "summary.json").unlink()
    found = " ".join(validate(crate, "provenance-run-crate"))
    assert "HowTo" in found
    assert "summary.json" in found


def entities(folder: Path) -> dict[str, dict]:
    graph = json.loads((folder / "crate" / "ro-crate-metadata.json").read_bytes())["@graph"]
    named = {entity["@id"]: entity for entity in graph}
    assert len(named) == len(graph), "an id stands twice"
    return named


def ids(value) -> list[str]:
    return [each["@id"] for each in (value if isinstance(value, list) else [value])]


def test_every_result_has_one_job_that_made_it_and_every_card_the_workflow(folder, released):
    found = entities(folder)
    jobs = [each for name, each in found.items() if name.startswith("#job-")]
    made = [file for job in jobs for file in ids(job["result"])]
    results = {f"results/{name}" for name in told(released)["results"]}
    cards = {name for name in results if name.startswith("results/identity/")}
    assert sorted(made) == sorted(results - cards)
    assert set(ids(found["#write-cards"]["result"])) == cards
    for job in jobs:
        assert {"File", "SoftwareSourceCode"} <= set(found[job["instrument"]["@id"]]["@type"])
        assert set(ids(job["object"])) <= results
        assert job["startTime"] <= job["endTime"]


def test_nothing_in_the_crate_points_nowhere(folder):
    found = entities(folder)
    text = json.dumps(list(found.values()))
    targets = set(re.findall(r'\{"@id": "([^"]+)"\}', text))
    nowhere = {name for name in targets if name not in found and not name.startswith("https://")}
    assert nowhere == set()


def told(project) -> dict:
    return json.loads((project.root / "data" / "releases" / "v1" / "release.json").read_bytes())


def test_what_belongs_to_others_is_named_and_not_copied(folder):
    names = {entity["name"] for entity in entities(folder).values() if entity["@id"].startswith("urn:sha256:")}
    assert "data/imports/2026-11-22-first-pass.csv" in names
    assert not (folder / "crate" / "data" / "imports").exists()
    assert not (folder / "crate" / "data" / "search").exists()


def test_reviewers_stand_by_their_roles(folder):
    found = entities(folder)
    roles = ids(found["data/screening/decisions.csv"]["contributor"])
    assert {found[role]["name"] for role in roles} == {"first-pass"}


def test_others_read_the_crate(folder):
    rocrate = pytest.importorskip("rocrate.rocrate")
    crate = rocrate.ROCrate(folder / "crate")
    assert crate.mainEntity.id == "Snakefile"


# ---- PROV, references and tables --------------------------------------------------------------------------------------


def test_the_prov_document_is_read_by_the_package_of_its_authors(folder, released):
    model = pytest.importorskip("prov.model")
    document = model.ProvDocument.deserialize(folder / "provenance.json", format="json")
    assert document == model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    expected = {**told(released)["inputs"], **{f"results/{k}": v for k, v in told(released)["results"].items()}}
    read = {str(entity.identifier): entity for entity in document.get_records(model.ProvEntity)}
    assert set(read) == {f"file:{name}" for name in expected}
    made = [str(each.args[0]) for each in document.get_records(model.ProvGeneration)]
    assert sorted(made) == sorted(f"file:results/{name}" for name in told(released)["results"])


def test_references_tell_the_included_studies_and_the_excluded_publications(folder, released):
    bibtexparser, rispy = pytest.importorskip("bibtexparser"), pytest.importorskip("rispy")
    with (released.root / "results" / "tables" / "exclusions.csv").open(encoding="utf-8") as table:
        excluded = [row["record_id"] for row in csv.DictReader(table)]
    for name, keys in (("included", None), ("excluded", excluded)):
        library = bibtexparser.parse_file(str(folder / "references" / f"{name}.bib"))
        entries = rispy.loads((folder / "references" / f"{name}.ris").read_text(encoding="utf-8"))
        assert not library.failed_blocks
        assert [entry["id"] for entry in entries] == (keys or [entry.key for entry in library.entries])
    summary = json.loads((released.root / "results" / "summary.json").read_bytes())
    notes = (folder / "references" / "included.ris").read_text(encoding="utf-8")
    assert len(set(re.findall(r"Included: (.*)", notes))) == summary["studies_included"]
    assert "Exclusion not confirmed on title and abstract: Not a prospective trial" in (
        folder / "references" / "excluded.bib"
    ).read_text(encoding="utf-8")


def test_the_tables_are_a_valid_data_package(folder):
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.validate(str(folder / "analysis" / "datapackage.json"))
    assert report.valid, report.flatten(["title", "note"])


def test_the_tables_hold_every_pooled_number(folder, released):
    rows = list(csv.DictReader((folder / "analysis" / "results.csv").open(encoding="utf-8")))
    found = {
        (r["outcome"], r["group"], r["model"], r["quantity"]): r["value"] for r in rows if r["analysis"] == "pooled"
    }
    summary = json.loads((released.root / "results" / "summary.json").read_bytes())
    compared = 0
    for outcome, groups in summary["analyses"].items():
        for group, each in groups.items():
            for model, values in each["models"].items():
                for quantity in ("k", "n", "events", "estimate", "ci_low", "pi_high", "tau2", "i2", "q_p"):
                    assert float(found[outcome, group, model, quantity]) == values[quantity]
                    compared += 1
    assert compared > 100


# ---- R ----------------------------------------------------------------------------------------------------------------


def test_the_script_repeats_every_result_with_metafor(folder, rscript, tmp_path):
    printed = in_r(rscript, shutil.copytree(folder / "analysis", tmp_path / "analysis"))
    assert {"pooled", "leave_one_out", "influence", "comparison", "within_trials", "asymmetry"} <= set(printed)


def in_r(rscript: str, analysis: Path) -> dict[str, str]:
    """What the script says of each analysis; it fails where a number is further from ours than it allows."""
    done = subprocess.run(
        [rscript, analysis / "repeat_with_metafor.R"], cwd="/", capture_output=True, text=True, timeout=300
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if "largest relative difference" in line)


def test_the_script_fails_where_a_number_is_another(folder, rscript, tmp_path):
    analysis = shutil.copytree(folder / "analysis", tmp_path / "analysis")
    text = (analysis / "results.csv").read_text(encoding="utf-8")
    changed = re.sub(
        r"(\norr?,|\npooled,.*estimate,0\.\d{4})(\d)", lambda at: at[1] + str((int(at[2]) + 1) % 10), text, count=1
    )
    assert changed != text
    (analysis / "results.csv").write_text(changed, encoding="utf-8")
    done = subprocess.run([rscript, analysis / "repeat_with_metafor.R"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 1


# ---- What must not be in it -------------------------------------------------------------------------------------------


def contents(path: Path):
    """What a file holds, and what the files in it hold: parts of documents, and data in pages."""
    data = path.read_bytes()
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            yield from (parts.read(name) for name in parts.namelist())
    for encoded in re.findall(rb"base64,([A-Za-z0-9+/=]{40,})", data):
        yield base64.b64decode(encoded)


def secrets(project) -> list[bytes]:
    places = [project.root, Path.home(), ROOT, Path(sys.prefix), Path(sys.base_prefix)]
    names = [name for name in (socket.gethostname(), socket.getfqdn()) if len(name) > 4 and name != "localhost"]
    return [text.encode() for text in (KEY, USER, *map(str, places), *names)]


def found_in(base: Path, needles: list[bytes]) -> list[str]:
    files = [path for path in base.rglob("*") if path.is_file()]
    assert files
    return [
        f"{path}: {needle.decode()}"
        for path in files
        for data in contents(path)
        for needle in needles
        if needle in data
    ]


def test_no_key_user_host_or_place_is_in_an_export(folder, released):
    assert found_in(folder, secrets(released)) == []


def test_the_search_for_them_finds_what_is_hidden(released, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", f"by {USER}")
    page = base64.b64encode(f'{{"where": "{released.root}/results", "what": "anything"}}'.encode())
    (tmp_path / "b.html").write_bytes(b"data:application/json;base64," + page)
    (tmp_path / "c.json").write_text(json.dumps({"api_key": KEY}))
    assert {line.partition(": ")[0][-6:] for line in found_in(tmp_path, secrets(released))} == {
        "a.docx",
        "b.html",
        "c.json",
    }


def test_short_names_of_this_machine_are_no_words_of_the_metadata(folder):
    """A name as short as `vm` or `root` is looked for as a word, outside the copies of code and results."""
    names = {os.environ.get("HOSTNAME", ""), socket.gethostname(), Path.home().name} - {""}
    own = [
        folder / "provenance.json",
        folder / "crate" / "ro-crate-metadata.json",
        *folder.glob("analysis/*"),
        *folder.glob("references/*"),
    ]
    for path in own:
        words = set(re.findall(r"[\w.-]+", path.read_text(encoding="utf-8")))
        assert not names & words, path


# ---- Refusals, and the same bytes -------------------------------------------------------------------------------------


def test_a_version_that_is_not_there_is_refused_with_a_remedy(released):
    done = export(released, "v9")
    assert done.returncode == 1
    assert "data/releases holds no version 'v9'. Remedy: name one of v1; " in done.stderr
    assert "snakemake --cores 2 release --config version=v9 makes it" in done.stderr


def test_results_that_are_not_the_released_ones_are_refused_and_the_export_stays(released, tmp_path):
    project = released.copy(tmp_path / "project")
    before = project.results("exports")
    summary = project.root / "results" / "summary.json"
    summary.write_bytes(summary.read_bytes() + b" ")
    done = export(project)
    assert done.returncode == 1
    assert "results/summary.json is not the file that was released as v1" in done.stderr
    assert "Remedy: snakemake --cores 2 --config version=v1 as_of=2026-11-22 makes" in done.stderr
    assert project.results("exports") == before


def test_an_export_is_the_same_again_and_without_snakemakes_memory_but_for_times(released, tmp_path):
    project = released.copy(tmp_path / "project")
    before = project.results("exports")
    shutil.rmtree(project.root / ".snakemake")
    done = export(project)
    assert done.returncode == 0, done.stderr
    after = project.results("exports")
    timed = {"v1/crate/ro-crate-metadata.json", "v1/provenance.json"}
    assert {name for name in before if before[name] != after.get(name)} == timed
    assert set(before) == set(after)
    for name in timed:
        assert b"startTime" not in after[name]
        untimed = re.sub(rb',\s*"(prov:)?(start|end)Time": "[^"]*"', b"", before[name])
        assert json.loads(untimed) == json.loads(after[name])
