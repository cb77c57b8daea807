"""Names from uploaded files reach Markdown only through `plain`: a rule on the code, which needs no page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("recsys/ui/**/*.py"), *ROOT.glob("pages/*.py")])
SAFE = {  # escape the text, or make it from the project's own words and from numbers
    "plain", "duration", "size", "day", "len", "max", "join", "metric_label", "metric_help", "relation", "p_text", "comma_list", "effect", "number",
}  # fmt: skip
BUILDERS = {
    "in_words",
    "badge",
    "marked",
    "cost",
    "verdict",
    "label_of",
    "headline_badge",
    "card_line",
    "progress_text",
    "quality_line",
    "metrics_line",
    "pseudonym_note",
    "epsilon_note",
    "epsilon_limits",
    "federated_note",
}  # make Markdown, from parts that are escaped
MESSAGES = {"tr", "message", "plural", "format"}  # as safe as the values that they are given
CHOICES = {"radio", "pills", "segmented_control", "select_slider", "tabs"}  # they draw their options as Markdown
MARKDOWN = CHOICES | {
    "markdown", "caption", "title", "header", "subheader", "write", "info", "success", "warning", "error", "toast",
    "spinner", "progress", "metric", "button", "download_button", "form_submit_button", "checkbox", "toggle", "expander",
    "popover", "slider", "selectbox", "multiselect", "text_input", "text_area", "number_input", "file_uploader",
}  # fmt: skip
DRAWN = {"label", "body", "text", "help", "value", "delta"}  # the keywords whose text is Markdown; value: of a metric


def calls(path: Path) -> Iterator[ast.Call]:
    """Calls of Streamlit's functions, and of methods of that name of a container, column or placeholder."""
    tree = ast.parse(path.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = {alias.name for node in imports for alias in node.names}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKDOWN):
            continue
        receiver = node.func.value
        is_ours = isinstance(receiver, ast.Name) and receiver.id in modules
        if not is_ours and (node.func.attr != "title" or ast.unparse(receiver) == "st"):  # a dataset has titles, too
            yield node


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def fields(node: ast.AST) -> Iterator[ast.AST]:
    """The attributes, items and calls that stand in a text as they are: not through `plain`, not as a number."""
    if isinstance(node, ast.Call) and name_of(node) in SAFE | BUILDERS:
        return
    if isinstance(node, ast.Call) and name_of(node) in MESSAGES:
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        number = 2 if name_of(node) == "plural" else len(node.args)
        for inner in (*receiver, *node.args[:number], *values(node)):
            yield from fields(inner)
        return
    if isinstance(node, ast.FormattedValue):
        if node.format_spec is None:
            yield from fields(node.value)
    elif isinstance(node, ast.Attribute | ast.Subscript | ast.Call) and not is_constant(node):
        yield node
    elif isinstance(node, ast.IfExp):
        yield from fields(node.body)
        yield from fields(node.orelse)
    elif isinstance(node, ast.JoinedStr | ast.BinOp | ast.BoolOp):
        for inner in ast.iter_child_nodes(node):
            yield from fields(inner)


def values(call: ast.Call) -> Iterator[ast.AST]:
    """The values of a message that its template does not show as numbers."""
    shown = [part.value for part in ast.walk(call) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    for word in call.keywords:
        if not any(f"{{{word.arg}:" in template for template in shown):
            yield word.value


def is_constant(node: ast.AST) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and node.attr.isupper():
            return True
        node = node.value
    return isinstance(node, ast.Name) and node.id.isupper()


def texts(call: ast.Call) -> Iterator[ast.AST]:
    """What a call draws as Markdown: its label or body, a metric's value, and help."""
    yield from call.args[: {"metric": 2, "progress": 0}.get(name_of(call), 1)]
    drawn = DRAWN if name_of(call) == "metric" else DRAWN - {"value"}
    yield from (word.value for word in call.keywords if word.arg in drawn)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_takes_a_field_only_through_plain_or_as_a_number(path: Path) -> None:
    raw = [
        f"{node.lineno}: {ast.unparse(node)}" for call in calls(path) for text in texts(call) for node in fields(text)
    ]
    assert raw == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_drawn_as_markdown_are_constants_or_formatted(path: Path) -> None:
    for call in calls(path):
        if name_of(call) not in CHOICES or any(word.arg == "format_func" for word in call.keywords):
            continue
        options = call.args[0 if name_of(call) == "tabs" else 1]
        fixed = is_constant(options) or isinstance(options, ast.List | ast.Tuple)
        assert fixed, f"line {call.lineno}: give {name_of(call)} a format_func, plain for what comes from a file"


def test_the_rule_reads_every_page() -> None:
    assert sum(len(list(calls(path))) for path in FILES) > 200, "the pages or the parts of the ui are elsewhere now"
