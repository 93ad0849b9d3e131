"""Lists of tasks, as items of Markdown and as nodes."""

import re
from collections.abc import Iterator

from jira_api.documents.nodes import Node, block, extend_line, text_nodes

CHECKED = "checked"
"""What an item holds while it is read, where a box stands before it: whether that is checked."""

_STATES = {True: "DONE", False: "TODO"}
_BOX = re.compile(r"\[[ x]\] ")
_BOXES = {"DONE": "[x] ", "TODO": "[ ] "}


def finish_list(node: Node, numbers: Iterator[int]) -> Node:
    """A bullet list whose every item has a box and one line is a list of tasks.

    Below the line of an item there may be lists of tasks. In other lists a box is text again.
    """
    items = node["content"]
    if node["type"] == "bulletList" and all(map(_is_task, items)):
        return block("taskList", _tasks_of(items, numbers), localId=str(next(numbers)))
    for item in items:
        _write_box(item)
    return node


def nest_tasks(tasks: list[Node], below: list[Node]) -> None:
    """Add lists to the tasks above them; those that would lie side by side become one."""
    for each in below:
        if tasks and tasks[-1]["type"] == "taskList":
            tasks[-1]["content"] += each["content"]
        else:
            tasks.append(each)


def bullets_of_tasks(tasks: Node) -> list[Node]:
    """The same list with boxes as text, where no list of tasks may be."""
    items: list[Node] = []
    for each in tasks["content"]:
        if each["type"] == "taskList":
            items[-1]["content"] += bullets_of_tasks(each)
        else:
            line = _with_box(each["content"], each["attrs"]["state"])
            items.append(block("listItem", [block("paragraph", line)]))
    return [block("bulletList", items)]


def take_box(blocks: list[Node]) -> tuple[str, list[Node]]:
    """The box that an item's words begin with, and the item without it; "" where there is none."""
    first = blocks[0]
    line = first["content"] if first["type"] == "paragraph" else []
    is_plain = bool(line) and line[0]["type"] == "text" and "marks" not in line[0]
    box = _BOX.match(line[0]["text"]) if is_plain else None
    if box is None or (len(line) == 1 and box.end() == len(line[0]["text"])):
        return "", blocks
    rest = [*text_nodes(line[0]["text"][box.end() :]), *line[1:]]
    return box[0], [block("paragraph", rest), *blocks[1:]]


def is_task_in_words(item: Node) -> bool:
    """Whether Markdown would take an item of words for a task, if its box were not escaped."""
    box, blocks = take_box(item["content"])
    return bool(box) and {each["type"] for each in blocks[1:]} <= {"taskList"}


def _is_task(item: Node) -> bool:
    first, *below = (each["type"] for each in item["content"])
    return "attrs" in item and first == "paragraph" and set(below) <= {"taskList"}


def _tasks_of(items: list[Node], numbers: Iterator[int]) -> list[Node]:
    tasks: list[Node] = []
    for item in items:
        line, *below = item["content"]
        state = _STATES[item["attrs"][CHECKED]]
        tasks.append(block("taskItem", line["content"], localId=str(next(numbers)), state=state))
        nest_tasks(tasks, below)
    return tasks


def _write_box(item: Node) -> None:
    attributes = item.pop("attrs", None)
    if attributes is None:
        return
    if item["content"][0]["type"] != "paragraph":
        item["content"].insert(0, block("paragraph"))
    first = item["content"][0]
    first["content"] = _with_box(first["content"], _STATES[attributes[CHECKED]])


def _with_box(line: list[Node], state: str) -> list[Node]:
    whole = text_nodes(_BOXES[state] if line else _BOXES[state].rstrip())
    extend_line(whole, line)
    return whole
