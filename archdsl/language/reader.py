"""YAML text → nodes. libyaml finds the tokens; this composer counts while it reads, keeps every place, and never recurses.

What YAML would let pass silently stops here: tags, merge keys, duplicate keys, further documents, characters that do not show, text that a
comma split. A fault that leaves no doubt about what was meant is reported and mended, so that later stages report theirs in the same run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic, Edit, Fault, Label, Source, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.language.characters import bad_characters
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence, is_empty
from archdsl.language.traps import FREE_TEXT, Part, check_scalar, mend_mapping, mend_sequence
from archdsl.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

Report = Callable[[Diagnostic], None]

EXAMPLE = "a spec is for example:\n  input: [3, 32, 32]\n  body: [conv 64, relu, global_avg_pool, flatten, linear 10]\n  name: small"
JOINED = ("AD1102", "AD1104", "AD1105")
"""faults that join a line to the one above"""
ENOUGH = 1_000
"""faults of one text after which it is not read further"""


def read(source: Source, limits: Limits, report: Report) -> Node | None:
    """The one document of a text as nodes. Faults go to `report`; `None` where nothing could be made of the text."""
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > limits.file_bytes:
        message = f"the text has {size:,} bytes; the limit `file_bytes` is {limits.file_bytes:,}"
        report(Diagnostic("AD5001", "error", message, Span(source, 0, 0), help=f"raise it with `--limit file_bytes={size}`"))
        return None
    skip = int(source.text.startswith("\ufeff"))
    try:
        return _read(source, limits, skip, _bounded(report))
    except Fault as fault:
        report(fault.diagnostic)
    except _Enough:
        pass
    return None


def _read(source: Source, limits: Limits, skip: int, report: Report) -> Node | None:
    """The nodes of a text; of one that is no YAML, or whose lines joined, those of what was most likely meant."""
    if all(diagnostic.span.start < skip for diagnostic in bad_characters(source)):
        found: list[Diagnostic] = []
        try:
            return _Composer(source, limits, _unless_joined(found.append), lambda index: index + skip).compose(source, skip)
        except Broken:
            found.clear()
        finally:
            for diagnostic in found:
                report(diagnostic)
    from archdsl.language.recover import readable

    mended = readable(source, skip, lambda text: _stop(text, limits), report)
    if mended is None:
        return None
    draft, whole = mended
    return _Composer(source, limits, report, draft.origin.__getitem__, not whole).compose(Source(source.name, draft.text), 0)


def _stop(text: Source, limits: Limits) -> tuple[Diagnostic, int] | None:
    """The fault at which reading a text stops, and where it was seen."""
    try:
        _Composer(text, limits, _unless_joined(lambda diagnostic: None), int).compose(text, 0)
    except Broken as broken:
        return broken.diagnostic, broken.index
    except Fault:
        pass
    return None


def _unless_joined(report: Report) -> Report:
    """`report`, but raises `Broken` for lines that joined since a space is missing: what follows on them is read anew."""

    def strict(diagnostic: Diagnostic) -> None:
        if diagnostic.code in JOINED and (diagnostic.fixable or diagnostic.edit is None):
            raise Broken(diagnostic, diagnostic.span.start)
        report(diagnostic)

    return strict


class Broken(Fault):
    """Text that is no YAML: the fault, and where it was seen."""

    def __init__(self, diagnostic: Diagnostic, index: int) -> None:
        Exception.__init__(self, diagnostic.message)
        self.diagnostic, self.index = diagnostic, index


class _Ended(Exception):
    """What follows is no part of the spec."""


class _Enough(Exception):
    """So many faults were found in a text that it is not read further."""


def _bounded(report: Report) -> Report:
    """`report` until it was called often enough; then reading ends, since every further line may be wrong too."""
    count = 0

    def counted(diagnostic: Diagnostic) -> None:
        nonlocal count
        count += 1
        if count > ENOUGH:
            raise _Enough
        report(diagnostic)

    return counted


class _Open:
    """A list or mapping that is being read. `parts` holds keys and values in turn; `None` stands for what a fault removed."""

    __slots__ = ("anchor", "flow", "height", "mapping", "nodes", "parts", "start")

    def __init__(self, mapping: bool, start: int, flow: bool, anchor: str | None) -> None:
        self.mapping, self.start, self.flow, self.anchor = mapping, start, flow, anchor
        self.parts: list[Part] = []
        self.nodes = self.height = 1

    @property
    def key(self) -> str:
        """The key whose value comes next, "" elsewhere."""
        last = self.parts[-1] if self.mapping and len(self.parts) % 2 else None
        return last.text if isinstance(last, Scalar) else ""


class _Composer:
    """Makes nodes of what a parser finds in a text. `place` tells where a character of that text stands in the source, `partial`
    that some of the source is not in it."""

    def __init__(self, source: Source, limits: Limits, report: Report, place: Callable[[int], int], partial: bool = False) -> None:
        self.source, self.limits, self.report, self.place, self.partial = source, limits, report, place, partial
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.total = 0
        self.costs: dict[str, int] = {}
        self.end = 0
        self.root: Node | None = None

    def compose(self, text: Source, skip: int) -> Node | None:
        handlers = {
            "DocumentStartEvent": self.document,
            "AliasEvent": self.alias,
            "ScalarEvent": self.scalar,
            "SequenceStartEvent": self.open,
            "MappingStartEvent": self.open,
            "SequenceEndEvent": self.close,
            "MappingEndEvent": self.close,
        }
        try:
            for event in events(text, skip):
                handler = handlers.get(type(event).__name__)
                if handler is not None:
                    handler(event)
        except _Ended:
            self.partial = True
        root = self.root
        if self.partial and (root is None or is_empty(root)):
            return None
        if root is None or (self.total == 1 and is_empty(root)):
            raise Fault("AD1013", Span(self.source, 0, 0), "the file holds no spec", help=EXAMPLE)
        return replace(root, partial=True) if self.partial and isinstance(root, Mapping) else root

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def document(self, event: Any) -> None:
        start = self.place(event.start_mark.index)
        if self.root is not None:
            span = self.span(start, self.place(event.end_mark.index))
            message = f"a second document starts at {span.line}:{span.column}; a file holds one"
            help = "remove the `---`, or put it into a file of its own"
            self.report(Diagnostic("AD1113", "error", message, span, help=help))
            raise _Ended
        if event.tags or (event.version is not None and event.version != (1, 2)):
            span = self.span(start, start + len(self.source.line(self.source.position(start)[0])))
            self.report(Diagnostic("AD1114", "error", "a directive; only `%YAML 1.2` may stand here", span, help="remove the line"))

    def alias(self, event: Any) -> None:
        name = event.anchor
        span = self.span(self.place(event.start_mark.index), self.place(event.end_mark.index))
        self.end = span.end
        known = self.anchors.get(name)
        if known is not None:
            node, nodes, height = known
            self.costs[name] = self.costs.get(name, 0) + nodes
            self.count(nodes, span)
            self.check_depth(len(self.stack) + height, span)
            self.add(node, nodes, height)
            return
        if any(frame.anchor == name for frame in self.stack):
            message = f"`*{name}` stands inside `&{name}`, its own anchor: it would never end"
            self.report(Diagnostic("AD1117", "error", message, span, help="write out what is meant, or make a block of it"))
            self.add(None, 1, 1)
            return
        self.report(self.no_anchor(name, span))
        self.add(Scalar(name, span.part(1, len(name) + 1)), 1, 1)

    def no_anchor(self, name: str, span: Span) -> Diagnostic:
        """The fault of an alias whose anchor does not stand above it."""
        message = f"`*{name}` is an alias, but there is no anchor `&{name}` above it"
        below = re.compile(rf"(?<=[\s\[{{,])&{re.escape(name)}(?=\s)").search(self.source.text, span.end)
        if below is not None:
            labels = (Label(self.span(*below.span()), "it stands below"),)
            return Diagnostic("AD1118", "error", message, span, labels, help="write the anchor at the first use, the alias at the others")
        near = nearest(name, self.anchors)
        if near is not None:
            return Diagnostic("AD1118", "error", message, span, help=f"did you mean `*{near}`?", edit=Edit(span, f"*{near}", "maybe"))
        return Diagnostic("AD1118", "error", message, span, help=f"names bear no mark: write `{name}`", edit=Edit(span, name, "safe"))

    def scalar(self, event: Any) -> None:
        start, end = self.content(event)
        self.end = end
        text, raw = event.value, self.source.text
        quoted = event.style in ("'", '"', "|", ">")
        if event.style in ("'", '"') and raw[start + 1 : end - 1] == text:
            start, end = start + 1, end - 1
        elif event.style in ("|", ">"):
            end = start + len(raw[start:end].rstrip())
        node = Scalar(text, self.span(start, end), quoted)
        self.count(1, node.span)
        if not (self.stack and self.stack[-1].key in FREE_TEXT):
            node = check_scalar(node, bool(self.stack) and self.stack[-1].flow, event.style in ("|", ">"), self.report)
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 1)
        self.add(node, 1, 1)

    def open(self, event: Any) -> None:
        start, _ = self.content(event)
        span = self.span(start, start + 1)
        self.check_depth(len(self.stack) + 1, span)
        self.count(1, span)
        self.stack.append(_Open(type(event).__name__ == "MappingStartEvent", start, bool(event.flow_style), event.anchor))

    def close(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.flow:
            self.end = self.place(event.end_mark.index)
        span = self.span(frame.start, max(self.end, frame.start))
        node: Node
        if frame.mapping:
            mended = mend_mapping(frame.parts, span, frame.flow, bool(self.stack) and not self.stack[-1].mapping, self.report)
            node = mended if isinstance(mended, Scalar) else Mapping(self.unique(mended), span, frame.flow)
        else:
            node = Sequence(tuple(mend_sequence(frame.parts, span, frame.flow, self.report)), span, frame.flow)
        if frame.anchor:
            self.anchors[frame.anchor] = (node, frame.nodes, frame.height)
        self.add(node, frame.nodes, frame.height)

    def unique(self, entries: list[tuple[Scalar, Node]]) -> tuple[tuple[Scalar, Node], ...]:
        """The entries whose key was not there before."""
        seen: dict[str, Scalar] = {}
        kept = []
        for key, node in entries:
            first = seen.setdefault(_normal(key.text), key)
            if first is key:
                kept.append((key, node))
                continue
            same = "" if first.text == key.text else f"; it equals `{first.text}` after Unicode normalisation (NFKC)"
            labels = (Label(first.span, "the first is here"),)
            message = f"the key `{key.text}` is there twice{same}"
            self.report(Diagnostic("AD1115", "error", message, key.span, labels, help="remove one of the two, or rename it"))
        return tuple(kept)

    def add(self, node: Node | None, nodes: int, height: int) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.parts.append(node)
        frame.nodes += nodes
        frame.height = max(frame.height, height + 1)

    def content(self, event: Any) -> tuple[int, int]:
        """Where the text of an event starts and ends, its anchor and tag left out."""
        start, end = self.place(event.start_mark.index), self.place(event.end_mark.index)
        if not event.anchor and not event.tag:
            return start, end
        text = self.source.text
        while start < end and (text[start] in "&!#" or text[start].isspace()):
            if text[start].isspace():
                start += 1
                continue
            stop = start
            while stop < len(text) and (text[stop] not in "\r\n" if text[start] == "#" else not text[stop].isspace()):
                stop += 1
            if text[start] == "!":
                stop = min([stop, *(i for c in ",]}" if (i := text.find(c, start)) > 0)])
                span = self.span(start, stop)
                message = f"`{span.text}` is a tag; a spec holds none, and nothing it names is looked up or run"
                help = "remove it"
                if span.text.lower() in ("!include", "!import"):
                    help = "blocks of another file come in with `import: [FILE]`, a whole spec with `extends: FILE`"
                line = self.span(start, start + len(self.source.line(span.line)) - span.column + 1)
                self.report(Diagnostic("AD1116", "error", message, span, help=help, edit=Edit(span, "", "maybe"), covers=line))
            start = stop
        return min(start, end), end

    def count(self, nodes: int, span: Span) -> None:
        self.total += nodes
        limit = self.limits.nodes
        if self.total <= limit:
            return
        costly = max(self.costs, key=lambda name: self.costs[name], default=None)
        notes = () if costly is None else (f"`*{costly}` costs most: {self.costs[costly]:,} so far, every use counted in full",)
        message = f"more than {limit:,} scalars, lists and mappings, the limit `nodes`: {self.total:,} up to here"
        raise Fault("AD5003", span, message, notes=notes, help=f"raise it with `--limit nodes={2 * self.total}`")

    def check_depth(self, depth: int, span: Span) -> None:
        if depth > self.limits.depth:
            message = f"lists and mappings nested {depth} deep; the limit `depth` is {self.limits.depth}"
            raise Fault("AD5002", span, message, help=f"raise it with `--limit depth={depth}`")


def events(source: Source, shift: int) -> Iterator[Any]:
    """libyaml's events; the parser written in Python stands in where PyYAML was built without it."""
    from yaml.error import MarkedYAMLError, YAMLError

    try:
        from yaml._yaml import CParser
    except ImportError:
        parser = _slow_parser(source.text[shift:])
    else:
        parser = CParser(source.text[shift:])
    try:
        while parser.check_event():
            yield parser.get_event()
    except MarkedYAMLError as error:
        from archdsl.language.yaml_errors import explain

        mark = error.problem_mark or error.context_mark
        context = error.context_mark.index if error.context_mark else 0
        index = mark.index if mark else context
        fault = explain(source, str(error.problem), index + shift, context + shift)
        raise Broken(fault.diagnostic, index + shift) from None
    except YAMLError as error:
        raise Broken(Diagnostic("AD1119", "error", f"this is no YAML: {error}", Span(source, 0, 0)), 0) from None


def _slow_parser(text: str) -> Any:
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class SlowParser(Reader, Scanner, Parser):
        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return SlowParser(text)


def _normal(key: str) -> str:
    if key.isascii():
        return key
    import unicodedata

    return unicodedata.normalize("NFKC", key)
