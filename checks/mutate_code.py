"""Change the code of effects/ and synthesis/ in one place at a time, and see whether a test notices.

Run it from the project's folder; stopped, it goes on where it was. What it finds is kept in
checks/code_mutation.csv:

    python checks/mutate_code.py                       # a sample of every module
    python checks/mutate_code.py --most 0 tau2 pool    # every mutant of two modules
    python checks/mutate_code.py --again tau2          # those that survived unexplained once more

Tests are collected once. Every mutant lives in a fork of that process: the code of its functions is
exchanged, then the tests that reach the changed line run, those first that killed before and those that take
least time, until one fails. What runs at import cannot be exchanged later; such a mutant has a process of its
own. Which test reaches which line is asked of coverage and kept in .mutation/. A mutant that survives keeps
the reason that a person wrote beside it.
"""

from __future__ import annotations

import argparse
import ast
import csv
import gc
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import coverage
import pytest
from _pytest.runner import runtestprotocol
from code_mutants import CodeMutant, mutants, mutated, sample

ROOT = Path.cwd()
SOURCE, CACHE = ROOT / "src" / "evidence", ROOT / ".mutation"
RESULT = Path("checks/code_mutation.csv")
COLUMNS = ("module", "function", "line", "code", "was", "becomes", "again", "result", "by", "reason", "tried")
PACKAGES = ("effects", "synthesis")
# Tests of figures, pages and commands take long and see little.
STATISTICS = (
    "effects_golden",
    "effects_inputs",
    "effects_properties",
    "effects_routes",
    "convert",
    "margins",
    "tau2",
    "pool",
    "prediction",
    "profile",
    "binary",
    "method_choice",
    "proportion",
    "glmm",
    "trapezoid",
    "multilevel",
    "regression",
    "regression_tau2",
    "subgroups",
    "bayes",
    "network",
    "components",
    "network_input",
    "swim_methods",
    "within_study",
    "umbrella",
    "assemble",
    "network_answer",
    "options",
    "conditions",
    "answer",
    "gosh",
    "permutation",
)
SECONDS = 20.0  # of tests that a mutant has to outlive
MEMORY = 6 * 2**30

Reach = dict[str, dict[str, Any]]  # of every test its seconds and its lines by file


def test_files() -> list[str]:
    """Return the tests that compute, and the examples in docstrings."""
    examples = [
        str(path.relative_to(ROOT)) for path in modules([]).values() if ">>>" in path.read_text("utf-8")
    ]
    named = [f"tests/test_{name}.py" for name in STATISTICS]
    return [name for name in named if (ROOT / name).exists()] + examples


def modules(wanted: list[str]) -> dict[str, Path]:
    """Return the modules by their name below evidence, all of them if none is wanted."""
    paths = [path for name in PACKAGES for path in sorted((SOURCE / name).glob("*.py"))]
    named = {f"{path.parent.name}.{path.stem}": path for path in paths if path.stem != "__init__"}
    return {
        name: path
        for name, path in named.items()
        if not wanted or name in wanted or name.split(".")[1] in wanted or name.split(".")[0] in wanted
    }


class Recorder:
    """Ask of every test which lines it reaches and how long it takes, and keep that file by file."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.coverage = coverage.Coverage(
            data_file=None, include=[str(SOURCE / name / "*") for name in PACKAGES], config_file=False
        )
        # A file of tests may reach none of the code that is changed.
        self.coverage.set_option("run:disable_warnings", ["no-data-collected"])
        self.coverage.start()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        begun = time.perf_counter()
        yield
        self.seconds[item.nodeid] = round(time.perf_counter() - begun, 4)
        self.coverage.switch_context("")
        name = _file(item)
        if nextitem is None or _file(nextitem) != name:
            self.keep(name)

    def keep(self, name: str) -> None:
        """Store what the tests of a file reach."""
        data, reach = self.coverage.get_data(), defaultdict(dict)
        for path in data.measured_files():
            for line, tests in data.contexts_by_lineno(path).items():
                for test in tests:
                    reach[test].setdefault(str(Path(path).relative_to(ROOT)), []).append(line)
        mine = {test: {"seconds": t, "lines": reach[test]} for test, t in self.seconds.items()}
        kept(name).write_text(json.dumps(mine), encoding="utf-8")
        self.seconds.clear()
        self.coverage.stop()
        self.coverage.erase()  # or every file would look through what all before it reached
        self.coverage.start()


def _file(item: pytest.Item) -> str:
    return item.nodeid.split("::")[0]


def kept(name: str) -> Path:
    """Return where the reach of a file's tests is kept: another place when it or the source changes."""
    source = b"".join(path.read_bytes() for path in modules([]).values())
    return CACHE / f"{hashlib.sha256(source + (ROOT / name).read_bytes()).hexdigest()[:16]}.json"


def reached(files: list[str]) -> Reach:
    """Return the lines and the seconds of every test; files that did not change are not run again."""
    CACHE.mkdir(exist_ok=True)
    missing = [name for name in files if not kept(name).exists()]
    if missing:
        print(f"Which lines do the tests of {len(missing)} files reach?", flush=True)
        subprocess.run([sys.executable, __file__, "--record", *missing], cwd=ROOT, check=True)
    known = [json.loads(kept(name).read_text(encoding="utf-8")) for name in files]
    return {test: found for each in known for test, found in each.items()}


class Judge:
    """Fork once a mutant when the tests are collected."""

    def __init__(self, todo: list[tuple[CodeMutant, Path]], reach: Reach, report, seconds: float) -> None:
        self.todo, self.reach, self.report, self.seconds = todo, reach, report, seconds
        self.kills: Counter[str] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Stand in for pytest's own loop."""
        items = {item.nodeid: item for item in session.items}
        for number, (mutant, path) in enumerate(self.todo, 1):
            tests = [items[name] for name in self.chosen(mutant, path) if name in items]
            begun = time.perf_counter()
            result, by = self.tried(mutant, path, tests) if tests else ("survived", "no test reaches it")
            self.kills[by] += result == "killed"
            self.report(mutant, result, by)
            spent = time.perf_counter() - begun
            told = f"{mutant.module} {mutant.line}: {_short(mutant.was)} -> {_short(mutant.becomes)}"
            print(
                f"{number}/{len(self.todo)} {spent:5.1f} s {result:9}{told}", file=sys.__stderr__, flush=True
            )
        return True

    def chosen(self, mutant: CodeMutant, path: Path) -> list[str]:
        """Return the tests of a line in the order in which they are likely to kill soon."""
        file = str(path.relative_to(ROOT))
        first, last = span(path, mutant)
        tests = [
            name
            for name, known in self.reach.items()
            if any(first <= line <= last for line in known["lines"].get(file, ()))
            or (not mutant.function and names_module(name.split("::")[0], path))
        ]
        tests.sort(key=lambda name: (-self.kills[name], self.reach[name]["seconds"]))
        spent, kept = 0.0, []
        for name in tests:
            spent += self.reach[name]["seconds"]
            if kept and spent > self.seconds:
                break
            kept.append(name)
        return kept

    def tried(self, mutant: CodeMutant, path: Path, tests: list[pytest.Item]) -> tuple[str, str]:
        """Run the tests in a fork; a mutant that takes far too long counts as killed."""
        if not mutant.function:
            return alone(mutant, tests)
        in_use(path)  # here once, not in every fork
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _live_and_tell(mutant, path, tests, writing, self.reach)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        last = said.rsplit("\n", 1)[-1]
        if last == "survived":
            return "survived", ""
        return "killed", last if os.WIFEXITED(status) else f"{last} (did not end)"


@lru_cache
def names_module(file: str, path: Path) -> bool:
    """Say whether a file of tests imports from a module: it may look at its constants without a call."""
    return f".{path.stem} import" in (ROOT / file).read_text(encoding="utf-8")


def alone(mutant: CodeMutant, tests: list[pytest.Item]) -> tuple[str, str]:
    """Run the tests in a process of its own: what is made at import cannot be exchanged later."""
    chosen = [item.nodeid for item in tests]
    which = f"{mutant.module}:{mutant.node}:{mutant.variant}"
    command = [sys.executable, __file__, "--alone", which, *chosen]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return "survived", ""
    failed = [
        line.split(" - ")[0] for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
    ]
    return "killed", failed[0].split(" ", 1)[1] if failed else "when imported"


def _run_alone(which: str, tests: list[str]) -> int:
    module, node, variant = which.split(":")
    path = modules([])[module]
    place = (int(node), int(variant))
    mutant = next(each for each in mutants(path, module) if (each.node, each.variant) == place)
    sys.meta_path.insert(0, Instead(mutant, path))
    return _pytest(["-x", "--tb=no", *tests], object())


def _live_and_tell(mutant: CodeMutant, path: Path, tests: list[pytest.Item], pipe: int, reach: Reach) -> None:
    code = 1
    try:
        expected = sum(reach[item.nodeid]["seconds"] for item in tests)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(10 + 4 * expected))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        inhabit(mutant, path)
        following = [*tests[1:], None]
        for item, after in zip(tests, following, strict=True):
            os.write(pipe, f"\n{item.nodeid}".encode())
            if any(report.failed for report in runtestprotocol(item, nextitem=after, log=False)):
                break
        else:
            os.write(pipe, b"\nsurvived")
        code = 0
    except BaseException as error:  # noqa: BLE001 (whatever it is, the mutant did not live)
        os.write(pipe, f"\n{type(error).__name__} when imported".encode())
        code = 0
    finally:
        os._exit(code)


def span(path: Path, mutant: CodeMutant) -> tuple[int, int]:
    """Return the lines of the statement around a mutant; all lines for what runs at import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and node.lineno <= mutant.line <= node.end_lineno
        and not isinstance(node, (ast.FunctionDef, ast.ClassDef))
    ]
    if not mutant.function or not around:
        return 1, tree.body[-1].end_lineno
    inner = max(around, key=lambda node: node.lineno)
    body = getattr(inner, "body", None)
    return inner.lineno, max(inner.lineno, body[0].lineno - 1) if body else inner.end_lineno


def inhabit(mutant: CodeMutant, path: Path) -> None:
    """Put the mutant in the place of the imported code, wherever that is in use."""
    text = path.read_text(encoding="utf-8")
    before = compile(text, str(path), "exec")
    after = compile(mutated(text, mutant), str(path), "exec")
    pairs = {_place(old): new for old, new in _pairs(before, after)}
    name = f"evidence.{mutant.module}"
    if name not in sys.modules:
        raise ImportError(name)
    functions = in_use(path)
    namespace = {"__name__": name, "__file__": str(path)}
    exec(after, namespace)
    for each in functions:
        fresh = _named(namespace, each.__qualname__)
        if isinstance(fresh, FunctionType):
            each.__defaults__, each.__kwdefaults__ = fresh.__defaults__, fresh.__kwdefaults__
        each.__code__ = pairs.get(_place(each.__code__), each.__code__)


def _place(code: CodeType) -> tuple[object, ...]:
    """Tell functions of a file apart, also those without a name in one line."""
    return code.co_qualname, code.co_firstlineno, tuple(code.co_positions())


@lru_cache(maxsize=1)
def in_use(path: Path) -> list[FunctionType]:
    """Return every function that was made from a file, under whatever name."""
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    return [each for each in functions if each.__code__.co_filename == str(path)]


def _pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the code of every function with its mutant, matched by name, line and turn."""
    yield before, after
    fresh = defaultdict(list)
    for each in after.co_consts:
        if isinstance(each, CodeType):
            fresh[each.co_qualname, each.co_firstlineno].append(each)
    for each in before.co_consts:
        if isinstance(each, CodeType):
            alike = fresh[each.co_qualname, each.co_firstlineno]
            if alike:
                yield from _pairs(each, alike.pop(0))


def _named(namespace: dict[str, object], qualified: str) -> object:
    first, *rest = qualified.split(".")
    found = namespace.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return found


class Instead(SourceFileLoader):
    """Import a module with a mutant in it."""

    def __init__(self, mutant: CodeMutant, path: Path) -> None:
        super().__init__(f"evidence.{mutant.module}", str(path))
        self.mutant = mutant

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Answer to the mutant's name only."""
        return spec_from_loader(name, self) if name == self.name else None

    def get_code(self, _name: str) -> CodeType:
        """Compile the changed source, past any cache."""
        text = Path(self.path).read_text(encoding="utf-8")
        return compile(mutated(text, self.mutant), self.path, "exec")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) < 60 else f"{text[:57]}..."


def stored(path: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """Return what is known of mutants, by their key."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        tuple(row[name] for name in ("module", "function", "code", "was", "becomes", "again")): row
        for row in rows
    }


def store(path: Path, known: dict[tuple[str, ...], dict[str, str]]) -> None:
    """Write all that is known, in the order of modules and lines."""
    rows = sorted(
        known.values(), key=lambda row: (row["module"], int(row["line"]), row["was"], row["becomes"])
    )
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def run(asked: argparse.Namespace) -> None:
    """Try what is asked for and not known yet."""
    known = stored(asked.to)
    todo = []
    for name, path in modules(asked.modules).items():
        found = mutants(path, name)
        present = {each.key: each for each in found}
        for key in [key for key in known if key[0] == name and key not in present]:
            del known[key]
        for key, each in present.items():
            if key in known:
                known[key]["line"] = str(each.line)
        chosen = sample(found, asked.most, asked.seed)
        if asked.again:
            todo += [
                (present[key], path)
                for key, row in known.items()
                if key[0] == name and row["result"] == "survived" and not row["reason"]
            ]
        else:
            todo += [(each, path) for each in chosen if each.key not in known]
    print(f"{len(todo)} mutants to try.", flush=True)
    if not todo:
        store(asked.to, known)
        return
    files = test_files()
    reach = reached(files)
    last = time.monotonic()

    def report(mutant: CodeMutant, result: str, by: str) -> None:
        nonlocal last
        reason = known.get(mutant.key, {}).get("reason", "") if result == "survived" else ""
        says = (
            *mutant.key[:2],
            str(mutant.line),
            *mutant.key[2:],
            result,
            by,
            reason,
            date.today().isoformat(),
        )
        known[mutant.key] = dict(zip(COLUMNS, says, strict=True))
        if time.monotonic() - last > 10:
            store(asked.to, known)
            last = time.monotonic()

    try:
        _pytest(files, Judge(todo, reach, report, asked.seconds))
    finally:
        store(asked.to, known)


class SameInput:
    """Let tests of random input draw the same each time, at any pace."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        import hypothesis  # only now: pytest wants to rewrite it first

        hypothesis.settings.register_profile(
            "mutants",
            derandomize=True,
            deadline=None,
            database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        hypothesis.settings.load_profile("mutants")


def _pytest(files: list[str], plugin: object) -> int:
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:nbval", "-o", "addopts="]
    options += ["-o", "python_files=test_*.py"]  # pytest would import sign_test.py its own way
    return pytest.main([*options, "--doctest-modules", *files], plugins=[SameInput(), plugin])


def main() -> None:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", help="such as tau2, effects.binary or synthesis")
    parser.add_argument("--most", type=int, default=24, help="how many mutants a module, 0 for all")
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument(
        "--again", action="store_true", help="try those once more that survived without a reason"
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of tests that a mutant has to outlive"
    )
    parser.add_argument("--to", type=Path, default=RESULT)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--record", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))  # this checkout, whichever is installed
    if asked.alone:
        sys.exit(_run_alone(asked.alone, asked.modules))
    if asked.record:
        sys.exit(_pytest(asked.modules, Recorder()))
    run(asked)


if __name__ == "__main__":
    main()
