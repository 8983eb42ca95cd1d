"""The places where YAML reads something else than was meant: each is reported, and mended where that leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Callable

from archdsl.diagnostics import Diagnostic, Edit, Span
from archdsl.language.nodes import NULLS, Node, Scalar
from archdsl.language.scalars import OLDER, older

Part = Node | None
Report = Callable[[Diagnostic], None]

FREE_TEXT = frozenset(("name", "description", "source"))
"""keys whose values are read by people alone"""
PIECES = 16
"""parts that one split text may have"""


def check_scalar(node: Scalar, flow: bool, literal: bool, report: Report) -> Scalar:
    """The scalar as meant: marks before names, dashes and lines that folded into one text, numbers that older YAML reads otherwise."""
    text = node.text
    marked = re.search(r"(?:^|(?<=[\s=(]))\$(\{\s*)?([A-Za-z_]\w*)(?(1)\s*\})", text) if "$" in text else None
    if marked and len(node.span.text) == len(text):
        name = marked.group(2)
        span = node.span.part(*marked.span())
        edit = Edit(span, name, "safe")
        report(Diagnostic("AD1107", "error", f"parameters bear no mark: `{marked.group()}`", span, help=f"write `{name}`", edit=edit))
        return Scalar(name, node.span) if marked.group() == text else node
    if node.quoted or literal:
        return node
    if text[:1] == "0" and len(text) > 1 and text.isdigit() and (other := older(text)):
        message = f"`{text}` is the number {int(text)}; older YAML reads {other}"
        report(
            Diagnostic("AD1120", "warning", message, node.span, help=f"write `{int(text)}`", edit=Edit(node.span, str(int(text)), "safe"))
        )
    if not flow and text[:1] == "-" and text[1:2].isalpha() and _starts_line(node.span):
        spaced = re.sub(r"(^|[\r\n][ \t]*)-(?=[A-Za-z])", r"\1- ", node.span.text)
        help = f"write `{_cut(spaced.splitlines()[0])}`"
        edit = Edit(node.span, spaced, "safe")
        report(Diagnostic("AD1105", "error", "a space is missing after the dash", node.span, help=help, edit=edit))
    elif not flow and (folded := re.search(r"[\r\n][ \t]*(-)\s", node.span.text)):
        span = node.span.part(*folded.span(1))
        message = f"this line continues the text above it, which reads `{_cut(text)}`"
        report(Diagnostic("AD1102", "error", message, span, help="indent the dash as far as that of the item above"))
    return node


def mend_sequence(parts: list[Part], span: Span, flow: bool, report: Report) -> list[Node]:
    """The items of a list: text that a comma split joined again, items without content left out."""
    items: list[Node] = []
    i = 0
    while i < len(parts):
        part = parts[i]
        joined = _rejoined(parts, i, 1, span, report) if flow else None
        if joined is not None:
            node, i = joined
            items.append(node)
            continue
        i += 1
        if part is None:
            continue
        if _empty(part):
            report(
                Diagnostic(
                    "AD1110", "error", "an item without content", _dash(part.span), help="write an item after the dash, or remove the dash"
                )
            )
            continue
        if flow and items:
            _warn_pair(items[-1], part, report)
        items.append(part)
    return items


def mend_mapping(parts: list[Part], span: Span, flow: bool, in_list: bool, report: Report) -> list[tuple[Scalar, Node]] | Scalar:
    """The entries of a mapping; a scalar where it is an item that should have been one word (`{relu: }`)."""
    entries: list[tuple[Scalar, Node]] = []
    i = 0
    while i + 1 < len(parts):
        key, value = parts[i], parts[i + 1]
        joined = _rejoined(parts, i + 1, 2, span, report) if flow else None
        i += 2
        if joined is not None:
            value, i = joined
        if key is None or value is None or not _is_key(key, span, report):
            continue
        assert isinstance(key, Scalar)
        if not _empty(value):
            _warn_older(key, report)
            entries.append((key, value))
            continue
        entry = _without_value(key, value, parts, span, in_list and i == 2, len(parts) == 2, report)
        if isinstance(entry, Scalar):
            return entry
        if entry is not None:
            entries.append(entry)
    return entries


def _rejoined(parts: list[Part], at: int, step: int, span: Span, report: Report) -> tuple[Node, int] | None:
    """The text that a comma split, starting at a value or item, and the index of the part after it.

    In a mapping (`step` 2) the pieces after the first stand as keys without values.
    """
    first = parts[at]
    if not isinstance(first, Scalar) or first.quoted:
        return None
    loop = step == 2 and isinstance(key := parts[at - 1], Scalar) and key.text == "for" and first.text.replace("_", "a").isalnum()
    if not loop and first.text.count("(") <= first.text.count(")"):
        return None
    source, start = span.source, first.span.start
    for i in range(at + 1, min(len(parts), at + PIECES * step), step):
        last = parts[i]
        if last is None or (step == 2 and not (isinstance(last, Scalar) and _empty(parts[i + 1]))):
            return None
        if not start < last.span.end <= span.end:  # an alias, written elsewhere
            return None
        text = source.text[start : last.span.end]
        if text.count("(") > text.count(")") or (loop and " in " not in text):
            continue
        whole = Span(source, start, last.span.end)
        report(_split(whole, step, span))
        return Scalar(text, whole, quoted=True), i + step
    return None


def _split(whole: Span, step: int, span: Span) -> Diagnostic:
    text = whole.text
    replacement = quote(text)
    help = f"quote it: `{_line_with(whole, replacement)}`"
    if step == 2 and (pair := re.fullmatch(r"\(\s*(\d+(?:\s*,\s*\d+)+)\s*\)", text)):
        replacement = f"[{pair.group(1)}]"
        help = f"a pair is `{replacement}` or `{'x'.join(re.findall(r'[0-9]+', text))}`"
    elif written := as_pair(text):
        help += f"; or write `{written}`"
    return Diagnostic("AD1108", "error", f"the comma splits `{text}`", whole, help=help, edit=Edit(whole, replacement, "safe"))


def _is_key(key: Node, span: Span, report: Report) -> bool:
    if not isinstance(key, Scalar):
        kind = "list" if type(key).__name__ == "Sequence" else "mapping"
        help = "a key is the name of an operation, an argument or a child; lists and mappings are values"
        report(Diagnostic("AD1111", "error", f"a key must be text; found a {kind}", key.span, help=help))
        return False
    if not key.quoted and key.text in NULLS:
        found = f"`{key.text}`, which is nothing" if key.text else "nothing"
        report(
            Diagnostic("AD1111", "error", f"a key must be text; found {found}", key.span, help=f'quote it if it is a name: `"{key.text}"`')
        )
        return False
    if not key.quoted and key.text == "<<":
        help = "write arguments once under `defaults`, or write a block"
        report(Diagnostic("AD1112", "error", "a merge key, `<<`; a spec holds none", key.span, help=help))
        return False
    return True


def _without_value(
    key: Scalar, value: Node, parts: list[Part], span: Span, first: bool, alone: bool, report: Report
) -> tuple[Scalar, Node] | Scalar | None:
    """What an entry without a value was meant to be: an entry, the whole item as one word, or nothing that could be told."""
    text = key.text
    colon = ":" in span.source.text[key.span.end : value.span.start + 1]
    if not colon and (spaceless := re.match(r"([A-Za-z_][\w.]*):(?=[^:/])", text)) and not key.quoted:
        cut = spaceless.end()
        at = key.span.part(cut - 1, cut)
        help = f"write `{text[:cut]} {text[cut:]}`"
        report(Diagnostic("AD1104", "error", "a space is missing after the colon", at, help=help, edit=Edit(at, ": ", "safe")))
        return Scalar(text[: cut - 1], key.span.part(0, cut - 1)), Scalar(text[cut:], key.span.part(cut, len(text)))
    if not colon and re.fullmatch(r"[-+]?[0-9.]+(x[0-9]+)*", text):
        help = f"positional arguments belong in a call: `{_as_call(parts)}`"
        report(Diagnostic("AD1111", "error", f"a key must be text; found the number {text}", key.span, help=help))
        return None
    word = f"`{text}`" if alone else f"`{{use: {text}, …}}`"
    help = f"write {word}" if first else f"give `{text}` a value, or take it away; for none write `~`"
    report(Diagnostic("AD1110", "error", f"the key `{text}` has no value", key.span, help=help))
    if first and alone:
        return key
    return (Scalar("use", key.span), key) if first else None


def _as_call(parts: list[Part]) -> str:
    """`{conv: 64, 3, stride: 2}` as a one-line call."""
    words: list[str] = []
    for i in range(0, min(len(parts) - 1, PIECES), 2):
        key, value = parts[i], parts[i + 1]
        if isinstance(key, Scalar) and isinstance(value, Scalar):
            words += [key.text] if _empty(value) else [key.text, value.text] if i == 0 else [f"{key.text}={value.text}"]
    return " ".join(words)


def _warn_pair(before: Node, node: Node, report: Report) -> None:
    """`[conv 8 3,5]` is two items."""
    if not (isinstance(before, Scalar) and isinstance(node, Scalar)) or before.quoted or node.quoted:
        return
    touching = before.span.end + 1 == node.span.start
    if touching and " " in before.text and before.text[-1].isdigit() and node.text.isdigit():
        pair = f"{before.text.split()[-1]}x{node.text}"
        message = f"two items: `{before.text}`, and `{node.text}`, which the legend makes a layer of its own"
        help = f"write `{pair}` if a pair was meant, `, {node.text}` if not"
        report(Diagnostic("AD1109", "warning", message, node.span, help=help))


def _warn_older(key: Scalar, report: Report) -> None:
    if key.quoted or key.text.lower() not in OLDER:
        return
    message = f"the name `{key.text}`; older YAML reads {older(key.text) or key.text}"
    report(
        Diagnostic("AD1120", "warning", message, key.span, help=f'quote it: `"{key.text}"`', edit=Edit(key.span, f'"{key.text}"', "safe"))
    )


def _empty(node: Part) -> bool:
    return isinstance(node, Scalar) and not node.text and not node.quoted


def _starts_line(span: Span) -> bool:
    return not span.source.line(span.line)[: span.column - 1].strip()


def _dash(span: Span) -> Span:
    """The dash or comma before an item without content."""
    at = span.source.text.rfind("-", 0, span.start + 1)
    return span if at < 0 else Span(span.source, at, at + 1)


def as_pair(text: str) -> str | None:
    """The argument of a call whose value is a list of numbers, as a pair.

    >>> as_pair("conv 8 kernel=(3, 5)"), as_pair("conv 8")
    ('kernel=3x5', None)
    """
    found = re.search(r"(\b[A-Za-z_]{1,30}=)[\[(]\s*(\d+(?:\s*,\s*\d+)+)\s*[\])]", text)
    return None if found is None else found.group(1) + "x".join(re.findall("[0-9]+", found.group(2)))


def quote(text: str) -> str:
    """The text in quotes that YAML reads back as it stands.

    >>> quote("max(8, 16)"), quote('say "a"')
    ('"max(8, 16)"', '\\'say "a"\\'')
    """
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'


def _line_with(span: Span, replacement: str) -> str:
    """The line of a span, with other text in its place."""
    line = span.source.line(span.line)
    column = span.column - 1
    return _cut((line[:column] + replacement + line[column + span.end - span.start :]).strip(), 100)


def _cut(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
