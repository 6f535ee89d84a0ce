"""What is public is had from the package, and loading it costs no more than what is used."""

import subprocess
import sys
from pathlib import Path

import pytest

import perennial.stats
from perennial.stats import random_effects

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = ("matplotlib", "pandas", "scipy.stats", "scipy.optimize", "perennial.tables")


@pytest.mark.parametrize("name", perennial.stats.__all__)
def test_every_public_name_is_a_function_or_a_class_with_its_sources(name):
    found = getattr(perennial.stats, name)
    assert callable(found) and found.__doc__


def test_a_function_hides_the_module_of_its_name_whatever_was_loaded_before():
    from perennial.stats.egger import egger

    assert perennial.stats.egger is egger
    assert random_effects([0.1, 0.3], [0.02, 0.03]).tau2 >= 0


def test_what_is_not_there_is_refused():
    with pytest.raises(AttributeError):
        _ = perennial.stats.no_such_thing


def test_one_fit_loads_nothing_heavy():
    code = (
        "import sys, perennial.stats\n"
        "perennial.stats.random_effects([0.1, 0.4, 0.2], [0.01, 0.02, 0.03], tau2='REML')\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
