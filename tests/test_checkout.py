"""What holds a checkout together: dependencies, formats, what the library may import."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}


def tool(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)


def direct_dependencies() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pairs = (re.fullmatch(r"([a-z0-9-]+)(.*)", each).groups() for each in project["dependencies"])
    return {"python": project["requires-python"], **dict(pairs)}


def test_conda_users_get_the_same_direct_dependencies():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = dict(each.split(" ", 1) for each in environment["dependencies"])
    assert conda == {CONDA_NAMES.get(name, name): bounds for name, bounds in direct_dependencies().items()}


def test_the_lock_pins_every_dependency_with_hashes_and_names_no_host_and_no_path():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert set(direct_dependencies()) - {"python"} <= pinned
    assert not re.search(r"://|index|find-links|file:", lock)
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\S)", lock.strip()))


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("snakefmt", "--check", ".")],
    ids=" ".join,
)
def test_formats_are_clean(command):
    done = tool(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_has_nothing_to_lint(project):
    done = tool("snakemake", "--lint", folder=project.root)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src" / "perennial" / "stats").rglob("*.py")), ids=lambda path: path.stem
)
def test_the_statistics_import_numpy_and_scipy_alone(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            root = name.partition(".")[0]
            assert root in {"numpy", "scipy", *sys.stdlib_module_names} or name.startswith("perennial.stats"), name
            assert name != "scipy.stats"


def test_no_stage_imports_a_later_one():
    order = ["identity", "stats", "records", "search", "extraction", "appraisal", "screening", "audit", "living"]
    order += ["figures", "report", "workflow", "provenance", "export", "updating", "commands"]
    for stage in order:
        later = order[order.index(stage) + 1 :]
        for path in (ROOT / "src" / "perennial" / stage).rglob("*.py"):
            found = re.findall(r"^\s*(?:from|import) perennial\.(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert not set(found) & set(later), path


def test_an_ordinary_run_has_no_parameters():
    """For a rule that has some, Snakemake imports pandas at each start, and a run with nothing to do takes a fifth longer."""
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        with_some = [rule for rule in path.read_text(encoding="utf-8").split("\nrule ")[1:] if "\n    params:" in rule]
        assert {rule.partition(":")[0] for rule in with_some} <= {"audit", "search_source"}


EVERYTHING = ("all", "trace_values", "record_digests")
"""Rules that read all results."""


def test_the_rulegraph_tells_the_methods(project):
    """Searches give records, records are compared; evidence is pooled; pooled results are compared and drawn; all goes into the summary and the page. The trace and the digests read everything."""
    dot = tool("snakemake", "--rulegraph", "--quiet", folder=project.root).stdout
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    edges = {(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", dot)}
    assert {a: sorted(c for b, c in edges if b == a and c not in EVERYTHING) for a in names.values()} == {
        "all": [],
        "describe_search": ["write_report"],
        "read_import": ["collect_records"],
        "collect_records": [
            *("count_update", "find_duplicates", "gather_decisions", "judge_screening"),
            *("list_reports", "list_trials", "write_report"),
        ],
        "find_duplicates": ["count_update", "judge_screening", "list_reports", "write_report"],
        "gather_decisions": ["count_update", "judge_screening", "list_reports", "write_report"],
        "judge_screening": ["list_reports", "write_report"],
        "list_reports": ["write_report"],
        "list_work": ["write_report"],
        "tabulate_appraisal": ["write_report"],
        "plot_appraisal": ["write_report"],
        "count_update": ["plot_update", "write_report"],
        "plot_update": ["write_report"],
        "check_reports": ["back_test", "describe_changes", "weigh_notices", "write_report"],
        "weigh_notices": ["describe_changes", "write_manuscript", "write_report"],
        "replay": ["back_test", "plot_history", "write_report"],
        "plot_history": ["write_report"],
        "back_test": ["write_report"],
        "describe_changes": ["write_report"],
        "list_trials": ["write_report"],
        "check_evidence": ["write_manuscript", "write_report"],
        "count_flow": ["plot_flow", "write_report"],
        "plot_flow": ["write_report"],
        "tabulate": ["write_manuscript", "write_report"],
        "pool": ["compare_groups", "plot_forest", "plot_group_forest", "plot_leave_one_out", "summarise"],
        "compare_groups": ["summarise"],
        "compare_within_trials": ["plot_within_trials", "write_report"],
        "plot_within_trials": ["write_report"],
        "pool_medians": ["write_report"],
        "pool_variants": ["write_report"],
        "vary_models": ["plot_specifications", "write_report"],
        "plot_specifications": ["write_report"],
        "leave_one_out": ["plot_leave_one_out", "write_manuscript", "write_report"],
        "audit_claims": ["write_report"],
        "test_asymmetry": ["plot_funnel", "summarise"],
        "plot_forest": ["write_manuscript", "write_report"],
        "plot_group_forest": [],
        "plot_leave_one_out": ["write_report"],
        "plot_funnel": ["write_report"],
        "summarise": ["write_manuscript", "write_report"],
        "write_manuscript": [],
        "write_report": [],
        "trace_values": ["write_report"],
        "record_digests": [],
    }
