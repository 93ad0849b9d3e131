"""What Markdown can carry of a document: the document again, of simpler nodes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from jira_api.documents.carried_lines import (
    DEEPEST,
    INLINE,
    carried_card,
    carried_line,
    children_of,
    trim_line,
)
from jira_api.documents.carried_tables import carried_table, has_whole_rows
from jira_api.documents.from_markdown import DEEPEST_MARKDOWN, PANELS, find_language
from jira_api.documents.from_text import document_of_text
from jira_api.documents.nesting import complete_node, fit_node
from jira_api.documents.nodes import (
    Node,
    block,
    document,
    extend_line,
    hard_break,
    rule,
    text_nodes,
)
from jira_api.documents.own_words import attributes_of, own_words, text_of
from jira_api.documents.plain_text import plain_text
from jira_api.documents.tasks import bullets_of_tasks, nest_tasks
from jira_api.documents.whole_tables import without_empty_header
from jira_api.json_values import JsonValue

_PANELS = frozenset(PANELS.values())
_MOST_ORDER = 999_999_999
_DECISION = "Decision: "
_STRONG = {"type": "strong"}
_CODE = {"type": "code"}


def carried_document(given: JsonValue) -> Node:
    """A document of the nodes that `from_markdown` writes, with the words of any document.

    Total over whatever is handed in: unknown nodes are what lies in them.
    """
    return document(_Carrier().blocks([given], "doc"))


class _Carrier:
    """One pass over a document; `level` is how deep Markdown's readers see what is written."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._level = 0
        self._depth = 0

    def blocks(self, nodes: Iterable[JsonValue], parent: str) -> list[Node]:
        """What the nodes are, as the parent may hold it; stray words are paragraphs."""
        fitting: list[Node] = []
        stray: list[Node] = []
        self._depth += 1
        for node in nodes:
            if isinstance(node, dict):
                if _kind(node) in INLINE:
                    stray.append(node)
                    continue
                fitting += _paragraphs(carried_line(stray))
                stray = []
                fitting += [each for made in self._block(node) for each in fit_node(made, parent)]
        self._depth -= 1
        return [*fitting, *_paragraphs(carried_line(stray))]

    def _block(self, node: Node) -> list[Node]:
        if self._depth > DEEPEST:
            return list(document_of_text(plain_text(node))["content"])
        write = _BLOCKS.get(_kind(node))
        return self._unknown(node) if write is None else write(self, node)

    def within(self, node: Node, parent: str, levels: int) -> list[Node] | None:
        """The blocks in a node; None where Markdown's readers go no deeper."""
        if self._level + levels >= DEEPEST_MARKDOWN:
            return None
        self._level += levels
        inner = _without_empty(self.blocks(children_of(node), parent))
        self._level -= levels
        return inner

    def _unknown(self, node: Node) -> list[Node]:
        own = text_nodes(own_words(node))
        return [*_paragraphs(carried_line(own)), *self.blocks(children_of(node), "doc")]

    def paragraph(self, node: Node) -> list[Node]:
        return _paragraphs(carried_line(children_of(node)))

    def heading(self, node: Node) -> list[Node]:
        level = attributes_of(node).get("level")
        known = level if isinstance(level, int) and not isinstance(level, bool) else 1
        line = trim_line(carried_line(children_of(node)))
        return [block("heading", line, level=min(max(known, 1), 6))]

    def code(self, node: Node) -> list[Node]:
        language = text_of(attributes_of(node), "language")
        words = "".join(text_of(each, "text") or plain_text(each) for each in children_of(node))
        content = text_nodes(words.replace("\r\n", "\n").replace("\r", "\n"))
        known = find_language(language)
        return [block("codeBlock", content, **({"language": known} if known else {}))]

    def quote(self, node: Node) -> list[Node]:
        return self._holder(block("blockquote"), node)

    def panel(self, node: Node) -> list[Node]:
        kind = attributes_of(node).get("panelType")
        known = kind if isinstance(kind, str) and kind in _PANELS else PANELS["NOTE"]
        return self._holder(block("panel", panelType=known), node)

    def _holder(self, holder: Node, node: Node) -> list[Node]:
        inner = self.within(node, holder["type"], 1)
        if inner is None:
            return self.blocks(children_of(node), "doc")
        holder["content"] = inner
        complete_node(holder)
        return [holder]

    def bullets(self, node: Node) -> list[Node]:
        return self._list(block("bulletList"), node)

    def numbers(self, node: Node) -> list[Node]:
        order = attributes_of(node).get("order")
        known = order if isinstance(order, int) and 0 <= order <= _MOST_ORDER else 1
        return self._list(block("orderedList", order=int(known)), node)

    def _list(self, listing: Node, node: Node) -> list[Node]:
        items = children_of(node)
        if self._level + 2 >= DEEPEST_MARKDOWN:
            return self.blocks(items, "doc")
        for each in items:
            holder = each if each.get("type") == "listItem" else {"content": [each]}
            item = block("listItem", self.within(holder, "listItem", 2) or [])
            complete_node(item)
            listing["content"].append(item)
        return [listing] if items else []

    def tasks(self, node: Node) -> list[Node]:
        tasks = self._tasks_in(node)
        return [block("taskList", tasks, localId=self._number())] if tasks else []

    def _tasks_in(self, node: Node) -> list[Node]:
        """The tasks, each list within right below a task; too deep, its tasks are beside it."""
        tasks: list[Node] = []
        self._depth += 1
        self._level += 2
        for each in children_of(node):
            if _kind(each) != "taskList" or self._depth > DEEPEST:
                tasks.append(self._task(each))
                continue
            below = self._tasks_in(each)
            if tasks and below and self._level + 2 < DEEPEST_MARKDOWN:
                nest_tasks(tasks, [block("taskList", below, localId=self._number())])
            else:
                tasks += below
        self._level -= 2
        self._depth -= 1
        return tasks

    def _task(self, node: Node) -> Node:
        state = "DONE" if attributes_of(node).get("state") == "DONE" else "TODO"
        line = trim_line(self.line(node))
        return block("taskItem", line, localId=self._number(), state=state)

    def _number(self) -> str:
        return str(next(self._numbers))

    def decisions(self, node: Node) -> list[Node]:
        items = [
            {"content": [{"type": "text", "text": _DECISION}, *children_of(each)]}
            for each in children_of(node)
        ]
        return self._list(block("bulletList"), {"content": items})

    def expand(self, node: Node) -> list[Node]:
        title = text_nodes(own_words(node), [_STRONG])
        return [*_paragraphs(carried_line(title)), *self.blocks(children_of(node), "doc")]

    def table(self, node: Node) -> list[Node]:
        made = carried_table(node, self.line)
        if not made["content"]:
            return []
        if not has_whole_rows(made):
            return fit_node(made, "listItem")
        return [without_empty_header(made)]

    def line(self, holder: Node) -> list[Node]:
        """Everything in a node as one line, a hard break where another block begins."""
        line: list[Node] = []
        for made in _lines_of(self.blocks(children_of(holder), "doc")):
            extend_line(line, [*([hard_break()] if line else []), *made])
        return trim_line(line)

    def card(self, node: Node) -> list[Node]:
        return _paragraphs(carried_card(node))

    def rule(self, _: Node) -> list[Node]:
        return [rule()]

    def media(self, node: Node) -> list[Node]:
        address = {"type": "link", "attrs": {"href": text_of(attributes_of(node), "url")}}
        return _paragraphs(carried_line(text_nodes(own_words(node), [address])))


def _kind(node: Node) -> str:
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""


def _without_empty(blocks: Iterable[Node]) -> list[Node]:
    return [each for each in blocks if each["type"] != "paragraph" or each["content"]]


def _paragraphs(line: list[Node]) -> list[Node]:
    trimmed = trim_line(line)
    return [block("paragraph", trimmed)] if trimmed else []


def _lines_of(blocks: Iterable[Node]) -> Iterator[Sequence[Node]]:
    """The blocks line by line, with signs before items where Markdown has them."""
    for made in blocks:
        kind = made["type"]
        if kind in {"bulletList", "orderedList"}:
            for number, item in enumerate(made["content"]):
                sign = "- " if kind == "bulletList" else f"{made['attrs']['order'] + number}. "
                yield from _signed(sign, _lines_of(item["content"]))
        elif kind == "taskList":
            yield from _lines_of(bullets_of_tasks(made))
        elif kind in {"blockquote", "panel"}:
            yield from _lines_of(made["content"])
        elif kind == "codeBlock":
            words = "".join(each["text"] for each in made["content"])
            yield from (text_nodes(each, [_CODE]) for each in words.split("\n") if each)
        else:
            simple = fit_node(made, "listItem")
            yield from (each["content"] for each in simple if each["content"])


def _signed(sign: str, lines: Iterable[Sequence[Node]]) -> Iterator[Sequence[Node]]:
    for number, line in enumerate(lines):
        signed = text_nodes("" if number else sign)
        extend_line(signed, line)
        yield signed


_BLOCKS: Mapping[str, Callable[[_Carrier, Node], list[Node]]] = {
    "paragraph": _Carrier.paragraph,
    "caption": _Carrier.paragraph,
    "heading": _Carrier.heading,
    "codeBlock": _Carrier.code,
    "blockquote": _Carrier.quote,
    "panel": _Carrier.panel,
    "bulletList": _Carrier.bullets,
    "orderedList": _Carrier.numbers,
    "taskList": _Carrier.tasks,
    "decisionList": _Carrier.decisions,
    "expand": _Carrier.expand,
    "nestedExpand": _Carrier.expand,
    "table": _Carrier.table,
    "blockCard": _Carrier.card,
    "embedCard": _Carrier.card,
    "rule": _Carrier.rule,
    "media": _Carrier.media,
}
