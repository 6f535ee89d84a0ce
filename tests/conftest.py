"""What several tests need: the reference values, R, and a copy of the project to run."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code: no example has a time limit.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material that lies beside a checkout of ours; elsewhere its tests are skipped."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with reference values is not here")
    return SHARED


@pytest.fixture(scope="session")
def rscript() -> str:
    program = shutil.which("Rscript")
    check = 'stopifnot(requireNamespace("metafor"), requireNamespace("jsonlite"))'
    if not program or subprocess.run([program, "-e", check], capture_output=True).returncode:
        pytest.skip("Rscript with metafor and jsonlite is not here")
    return program


@pytest.fixture(scope="session")
def servers() -> SimpleNamespace:
    """Local servers of the sources that are searched: `start`, `fault`, and synthetic records in `literature`."""
    folder = ROOT / "tests" / "servers"
    client, literature = (load(folder / f"{name}.py") for name in ("client", "literature"))
    return SimpleNamespace(start=client.start, fault=client.fault, literature=literature)


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A Slurm of one node, started for these tests; `jobs` tells the states of its jobs."""
    module = load(ROOT / "tests" / "servers" / "slurm.py")
    if reason := module.why_not():
        pytest.skip(reason)
    with module.one_node(tmp_path_factory.mktemp("slurm") / "slurm"):
        yield module


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test wants to be seen in the log, it records as its property `shown`."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "shown":
                terminalreporter.line(value)


def load(path: Path) -> ModuleType:
    """A module that is no part of a package, from its file."""
    spec = importlib.util.spec_from_file_location(f"servers_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Run:
    """One call of snakemake: its exit code, what it printed, and the jobs that it started, as rule/wildcards."""

    code: int
    output: str
    jobs: list[str]


@dataclass(frozen=True)
class Project:
    """A copy of the project, to be edited and run."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """As in a shell where the environment of the tests is active."""
        return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}

    def run(self, *arguments: str, timeout: float = 300) -> Run:
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=timeout
        )
        output = done.stdout + done.stderr
        started = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", output, re.MULTILINE)
        jobs = []
        for rule, details in started:
            wildcards = re.search(r"^    wildcards: (.*)$", details, re.MULTILINE)
            values = re.findall(r"=([^,\s]+)", wildcards[1]) if wildcards else []
            jobs.append("/".join([rule, ".".join(values)]) if values else rule)
        return Run(done.returncode, output, sorted(set(jobs) - {"all"}))

    def plan(self) -> list[str]:
        """The jobs that a run would do."""
        return self.run("--dry-run").jobs

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text that stands exactly once in a file."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def results(self, folder: str = "results") -> dict[str, bytes]:
        """Every file of the results, by its path."""
        base = self.root / folder
        return {str(path.relative_to(base)): path.read_bytes() for path in sorted(base.rglob("*")) if path.is_file()}

    def copy(self, target: Path) -> "Project":
        shutil.copytree(self.root, target, symlinks=True)
        return Project(target)


PARTS = ["Snakefile", "environment.yml", "config", "data", "profiles", "scripts", "src", "workflow"]


def copy_project(target: Path) -> Project:
    target.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / part)
    return Project(target)


@pytest.fixture(scope="session")
def copied() -> Callable[[Path], Project]:
    """Makes a fresh copy of the project in a folder that does not exist yet."""
    return copy_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy that has not run yet."""
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Run]:
    """A copy after its first run, shared by tests that only read it or copy it again."""
    fresh = copy_project(tmp_path_factory.mktemp("whole") / "project")
    return fresh, fresh.run()


@pytest.fixture
def done(whole_run: tuple[Project, Run], tmp_path: Path) -> Project:
    """A copy of the finished project, dates included."""
    project, run = whole_run
    assert run.code == 0, run.output
    return project.copy(tmp_path / "project")
