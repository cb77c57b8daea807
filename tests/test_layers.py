"""The order of imports is the order of the data; Streamlit and torch stay in their rooms."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ORDER = (
    "messages", "errors", "data", "sequences", "models", "evaluation", "training", "runs", "recommend", "explain", "services",
    "ui", "commands", "__main__", "pages",
)  # fmt: skip
WITHOUT_MODELS = (
    "recsys.ui.home.ways_in", "recsys.ui.data.overview", "recsys.ui.models.leaderboard", "recsys.ui.models.blends",
    "recsys.ui.models.comparison", "recsys.ui.train.live", "recsys.ui.shell.context", "recsys.ui.parts.widgets",
    "recsys.ui.shell.cache", "recsys.ui.shell.state", "recsys.services.data.datasets",
    "recsys.services.models.leaderboard", "recsys.services.models.transfer", "recsys.services.models.comparison",
    "recsys.services.models.blends", "recsys.services.train.job_list", "recsys.services.train.estimate",
    "recsys.services.train.machine", "recsys.services.workspace",
)  # fmt: skip
PAGES = ("home", "data", "train", "models", "explore", "recommend", "explain")
OWN_IN_EACH_ROOM = {"config", "store"}  # a room's settings, a room's folders on disk
MEDIAN_LINES, MOST_LINES, MOST_LINES_OF_A_FUNCTION = 120, 300, 60
FILES = sorted([*ROOT.glob("recsys/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"])


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "pages" if parts[0] in ("pages", "app") else parts[1]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def parsed(path: Path) -> list[ast.stmt | ast.excepthandler | ast.match_case]:
    """All statements of a file, those within others, too."""
    found: list[ast.stmt | ast.excepthandler | ast.match_case] = [*tree(path).body]
    for node in found:  # grows while it is walked
        found += [
            inner
            for inner in ast.iter_child_nodes(node)
            if isinstance(inner, ast.stmt | ast.excepthandler | ast.match_case)
        ]
    return found


def import_nodes(path: Path) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in parsed(path) if isinstance(node, ast.Import | ast.ImportFrom)]


@cache
def imported(path: Path, *, at_once: bool = False) -> set[str]:
    """What a file imports; `at_once`: only what importing the file does, not what waits in functions or for types."""
    found = set()
    for node in at_import(tree(path).body) if at_once else import_nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def at_import(statements: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in statements:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from at_import(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from at_import([inner for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.stmt)])


def loaded_with(modules: Iterable[str]) -> set[str]:
    """The modules that come with these: with their packages, and all that these import, as far as files lie here."""
    waiting, found = list(modules), set()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        path = ROOT.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name.startswith("recsys") and path.exists():
            waiting += [*imported(path, at_once=True), *([name.rpartition(".")[0]] if "." in name else [])]
    return found


def test_a_room_imports_only_rooms_before_it() -> None:
    for path in FILES:
        if room(path) == "__init__":
            continue
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "recsys" and len(parts) > 1 and parts[1] in ORDER:
                assert ORDER.index(parts[1]) <= ORDER.index(room(path)), f"{path} in {room(path)} imports {name}"


def test_only_the_app_its_pages_and_the_ui_know_streamlit_and_these_do_not_know_torch() -> None:
    for path in FILES:
        tops = {name.split(".")[0] for name in imported(path)}
        assert ("torch" if room(path) in ("ui", "pages") else "streamlit") not in tops, path


def test_no_python_file_loads_pickles_or_raw_html() -> None:
    forbidden = ["torch" + ".load(", "import " + "pickle", "job" + "lib", "unsafe_allow" + "_html=True"]
    for path in [
        *ROOT.glob("*.py"),
        *(p for d in ("recsys", "pages", "tests", "benchmarks", "sample_data") for p in (ROOT / d).rglob("*.py")),
    ]:
        text = path.read_text()
        assert [word for word in forbidden if word in text] == [], path


def test_a_page_has_at_most_80_lines() -> None:
    for path in ROOT.glob("pages/*.py"):
        assert len(path.read_text().splitlines()) <= 80, path


def test_what_draws_a_page_before_a_model_is_needed_does_not_bring_torch() -> None:
    """pages/test_pages.py draws pages in a process of its own and finds none either."""
    for name in WITHOUT_MODELS:
        assert ROOT.joinpath(*name.split(".")).with_suffix(".py").exists() or ROOT.joinpath(*name.split(".")).is_dir()
        torch = [found for found in loaded_with([name]) if {"torch", "captum"} & set(found.split("."))]
        assert torch == [], name
    assert "torch" in loaded_with(["recsys.services.train.training"]), "else nothing would be found"


def test_nobody_imports_in_a_way_that_the_walk_cannot_see() -> None:
    for path in FILES:
        relative = [n.lineno for n in import_nodes(path) if isinstance(n, ast.ImportFrom) and n.level]
        assert relative == [], f"{path}: write the full name: from recsys.models.base import …"
        assert not {name.split(".")[0] for name in imported(path)} & {"pages", "app"}, path
        assert "importlib.import_module" not in imported(path), path


def test_the_command_line_and_the_ui_do_not_know_each_other() -> None:
    for path in [ROOT / "recsys" / "__main__.py", *ROOT.glob("recsys/commands/*.py")]:
        assert not [name for name in imported(path) if name.startswith("recsys.ui")]


def test_the_package_itself_imports_nothing_but_the_environment_that_torch_will_read() -> None:
    assert imported(ROOT / "recsys" / "__init__.py") == {"os"}


def test_pages_services_and_ui_are_grouped_by_the_same_seven_names() -> None:
    assert {path.stem for path in ROOT.glob("pages/*.py")} == set(PAGES)
    for name, more in (("services", {"workspace"}), ("ui", {"shell", "parts"})):
        rooms = {path.parent.name for path in (ROOT / "recsys" / name).glob("*/__init__.py")}
        assert rooms <= set(PAGES) | more, name
        assert [path.name for path in (ROOT / "recsys" / name).glob("*.py")] == ["__init__.py"]


def test_no_module_name_stands_in_two_rooms_unless_one_is_the_screen_of_the_other() -> None:
    places: dict[str, list[Path]] = {}
    for path in ROOT.glob("recsys/**/*.py"):
        if path.stem not in OWN_IN_EACH_ROOM | {"__init__", "__main__"}:
            places.setdefault(path.stem, []).append(path.parent.relative_to(ROOT / "recsys"))
    doubled = {name: sorted(rooms) for name, rooms in places.items() if len(rooms) > 1}
    for name, rooms in doubled.items():
        assert rooms in [[Path("services", page), Path("ui", page)] for page in PAGES], f"{name} in {rooms}"


def test_files_and_functions_are_short() -> None:
    lengths, long_functions = [], []
    for folder in ("recsys", "pages", "tests", "benchmarks", "sample_data"):
        for path in ROOT.glob(f"{folder}/**/*.py"):
            lengths.append((len(path.read_text().splitlines()), path.name))
            long_functions += [
                f"{path.name}: {node.name}"
                for node in parsed(path)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
            ]
    assert [name for lines, name in lengths if lines > MOST_LINES] == []
    assert statistics.median(lines for lines, _ in lengths if lines > 1) <= MEDIAN_LINES
    assert long_functions == []
