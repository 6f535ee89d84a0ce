"""Which modules and packages a program can reach, and what they are.

The import graph is read from the source, lazy imports included, so that nothing has to be imported to know it.
"""

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

SOURCES = Path(__file__).parents[2]
PROJECT = "perennial"
IMPORTED_AS = {"docx": "python-docx", "sklearn": "scikit-learn", "yaml": "PyYAML"}


@cache
def code_of(program: Path) -> dict[str, dict[str, str]]:
    """Digests of `program` and of the project's modules it reaches; versions of Python and of the packages."""
    modules: dict[str, str] = {program.name: _digest(program)}
    packages: set[str] = set()
    waiting = list(_imports(program))
    while waiting:
        name = waiting.pop()
        root = name.partition(".")[0]
        if root != PROJECT:
            if root not in sys.stdlib_module_names:
                packages.add(root)
        elif name not in modules and (path := _source(name)):
            modules[name] = _digest(path)
            waiting += _imports(path)
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for package in sorted(packages):
        versions |= _versions(_distribution(package))
    return {"modules": dict(sorted(modules.items())), "packages": dict(sorted(versions.items()))}


@cache
def _imports(path: Path) -> tuple[str, ...]:
    return tuple(_imported_names(ast.parse(path.read_bytes()).body))


def _statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Statements at every depth. An import is never within an expression, and most of a tree is expressions."""
    for node in nodes:
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(node, block, ()))


def _imported_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Every dotted name that an import could load, packages on the way to it included."""
    for node in _statements(nodes):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            raise ValueError(f"line {node.lineno}: relative imports are not followed; write the whole name")
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))


@cache
def _source(module: str) -> Path | None:
    """The file of a module, or None for a name within one."""
    base = SOURCES.joinpath(*module.split("."))
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.exists()), None)


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


@cache
def _distribution(package: str) -> str:
    """The distribution that brings a package; looking through all that are installed takes long, so it comes last."""
    package = IMPORTED_AS.get(package, package)
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return metadata.packages_distributions()[package][0]
    return package


@cache
def _versions(distribution: str) -> dict[str, str]:
    """The distribution and all it needs, by name and version."""
    try:
        told = metadata.metadata(distribution)
    except metadata.PackageNotFoundError:
        return {}  # needed on another platform only
    versions = {re.sub(r"[-_.]+", "-", distribution).lower(): told["Version"]}
    for requirement in told.get_all("Requires-Dist", []):
        if "extra ==" not in requirement and (needed := re.match(r"[A-Za-z0-9._-]+", requirement)):
            versions |= _versions(needed[0])
    return versions
