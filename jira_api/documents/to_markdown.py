"""From a document to Markdown, in GitHub's dialect."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from jira_api.documents.carried import carried_document
from jira_api.documents.from_markdown import PANELS
from jira_api.documents.nodes import Node
from jira_api.documents.tasks import is_task_in_words, take_box
from jira_api.documents.written_lines import write_cell, write_heading, write_words
from jira_api.json_values import JsonValue

_ALERTS = {panel: alert for alert, panel in PANELS.items()}
_BOXES = {"DONE": "[x]", "TODO": "[ ]"}
_BULLETS = "-*"
_DELIMITERS = ".)"
_LISTS = frozenset({"bulletList", "orderedList", "taskList"})
_MOST_NUMBER = 999_999_999
_FENCES = re.compile("`{3,}")
_INTERRUPTING = re.compile(r"(?:[-*]|1[.)]) \S")


def markdown_of_document(document: JsonValue) -> str:
    """The document as Markdown that people and models read, and `document_of_markdown` reads back.

    Total over whatever is handed in. What Markdown has nothing for is its words; `docs/text.md`
    says what becomes of what. Read back, it is the same Markdown again; but what is longer or
    deeper than `document_of_markdown` reads as Markdown does not read back.
    """
    return _write_blocks(carried_document(document)["content"])


def _write_blocks(blocks: Sequence[Node], *, is_item: bool = False) -> str:
    """Blocks apart by blank lines; in an item a list follows right after its paragraph."""
    written: list[str] = []
    before = ""
    is_other = False
    for node in blocks:
        is_other = _family(node) == before and not is_other
        text = _write_block(node, is_other=is_other)
        is_close = is_item and before == "paragraph" and _INTERRUPTING.match(text)
        is_list = node["type"] in _LISTS
        glue = ("\n" if is_close and is_list else "\n\n") if before else ""
        written += [glue, text]
        before = _family(node)
    return "".join(written)


def _family(node: Node) -> str:
    """Lists of one family, one after another, need different signs, or they would be one list."""
    return "bulletList" if node["type"] == "taskList" else str(node["type"])


def _write_block(node: Node, *, is_other: bool) -> str:
    if node["type"] in _LISTS:
        return _write_list(node, is_other=is_other)
    return _WRITERS[node["type"]](node)


def _write_list(node: Node, *, is_other: bool) -> str:
    items = [_write_item(*each) for each in _items_of(node, is_other=is_other)]
    is_loose = any("\n\n" in item for item in items)
    return ("\n\n" if is_loose else "\n").join(items)


def _items_of(node: Node, *, is_other: bool) -> Iterable[tuple[str, str]]:
    """What stands before each item, and what in it."""
    if node["type"] == "taskList":
        yield from _tasks_of(node["content"], _BULLETS[is_other])
        return
    order = node.get("attrs", {}).get("order")
    are_tasks = order is None and all(map(is_task_in_words, node["content"]))
    for number, item in enumerate(node["content"]):
        sign = _BULLETS[is_other]
        if order is not None:
            sign = f"{min(order + number, _MOST_NUMBER)}{_DELIMITERS[is_other]}"
        box, blocks = ("", item["content"]) if are_tasks else take_box(item["content"])
        yield sign, f"{box}{_write_item_blocks(blocks)}"


def _tasks_of(tasks: Sequence[Node], bullet: str) -> Iterable[tuple[str, str]]:
    for place, task in enumerate(tasks):
        if task["type"] == "taskList":
            continue
        below = tasks[place + 1 : place + 2]
        nested = [_write_list(each, is_other=False) for each in below if each["type"] == "taskList"]
        line = f"{_BOXES[task['attrs']['state']]} {write_words(task['content'])}"
        yield bullet, "\n".join([line, *nested])


def _write_item_blocks(blocks: Sequence[Node]) -> str:
    """An item that has to begin with a paragraph may have an empty one, which is an empty line."""
    first, *others = blocks
    if first["type"] == "paragraph" and not first["content"]:
        return f"\n{_write_blocks(others, is_item=True)}" if others else ""
    return _write_blocks(blocks, is_item=True)


def _write_item(sign: str, text: str) -> str:
    first, *lines = text.split("\n")
    indented = (f"{' ' * (len(sign) + 1)}{line}" if line else "" for line in lines)
    return "\n".join([f"{sign} {first}" if first else sign, *indented])


def _quote(node: Node) -> str:
    return _prefix(_write_blocks(node["content"]))


def _panel(node: Node) -> str:
    sign = f"[!{_ALERTS[node['attrs']['panelType']]}]"
    # Some readers take the sign for words, which not every block may follow without a blank line.
    glue = "\n" if node["content"][0]["type"] == "paragraph" else "\n\n"
    return _prefix(f"{sign}{glue}{_write_blocks(node['content'])}")


def _prefix(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.rstrip("\n").split("\n"))


def _heading(node: Node) -> str:
    signs = "#" * node["attrs"]["level"]
    return f"{signs} {write_heading(node['content'])}".rstrip(" ")


def _code(node: Node) -> str:
    text = "".join(each["text"] for each in node["content"])
    fence = "`" * max(map(len, chain(["``"], _FENCES.findall(text))))
    fence += "`"
    language = node.get("attrs", {}).get("language", "")
    return f"{fence}{language}\n{text}\n{fence}" if text else f"{fence}{language}\n{fence}"


def _table(node: Node) -> str:
    rows = [[_cell(cell) for cell in row["content"]] for row in node["content"]]
    kinds = {cell["type"] for cell in node["content"][0]["content"]}
    width = len(rows[0])
    header = [] if kinds == {"tableHeader"} else [[""] * width]
    first, *others = [*header, *rows]
    return "\n".join(map(_row, [first, ["---"] * width, *others]))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Node) -> str:
    return write_cell(cell["content"][0]["content"])


_WRITERS: Mapping[str, Callable[[Node], str]] = {
    "paragraph": lambda node: write_words(node["content"]),
    "heading": _heading,
    "blockquote": _quote,
    "panel": _panel,
    "codeBlock": _code,
    "table": _table,
    "rule": lambda _: "---",
}
