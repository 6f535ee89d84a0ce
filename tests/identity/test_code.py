"""The import graph behind a card's digests."""

import subprocess
import sys
from pathlib import Path

import pytest

from perennial.identity.code import code_of

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize("program", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_module_that_a_program_loads_is_in_its_digests(program):
    """The graph read from the source covers what Python itself loads."""
    show = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", show, str(program)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SCRIPTS.parent / "src"), "PATH": ""},
    ).stdout.split()
    ours = {name for name in loaded if name == "perennial" or name.startswith("perennial.")}
    assert ours <= set(code_of(program)["modules"])


def test_a_module_behind_a_lazy_import_is_found(tmp_path):
    program = tmp_path / "lazy.py"
    program.write_text("def later():\n    from perennial.stats import egger\n    return egger\n")
    code = code_of(program)
    assert {"lazy.py", "perennial.stats.egger", "perennial.stats.distributions"} <= set(code["modules"])
    assert {"numpy", "scipy", "python"} <= set(code["packages"])
    assert "perennial.figures.style" not in code["modules"]


def test_pooling_does_not_depend_on_figures_nor_on_reading_tables():
    modules = code_of(SCRIPTS / "pool.py")["modules"]
    assert not [
        name for name in modules if name.startswith(("perennial.figures", "perennial.extraction", "perennial.report"))
    ]


def test_packages_come_with_what_they_need():
    assert {"matplotlib", "pillow", "numpy"} <= set(code_of(SCRIPTS / "plot_forest.py")["packages"])


def test_relative_imports_are_refused(tmp_path):
    program = tmp_path / "relative.py"
    program.write_text("from . import something\n")
    with pytest.raises(ValueError, match="relative imports"):
        code_of(program)


def test_line_endings_do_not_change_a_digest(tmp_path):
    one, other = tmp_path / "one" / "same.py", tmp_path / "other" / "same.py"
    for path, text in ((one, b"import os\nx = 1\n"), (other, b"import os\r\nx = 1\r\n")):
        path.parent.mkdir()
        path.write_bytes(text)
    assert code_of(one) == code_of(other)
