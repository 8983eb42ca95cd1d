"""A report as one HTML page: no script, nothing from elsewhere, all text of strangers escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from archdsl.analyses import units
from archdsl.analyses.rows import Summary, summary
from archdsl.diagnostics.text import cut, escaped
from archdsl.graph import Graph, values
from archdsl.training.matrix import MOST, matrix
from archdsl.training.style import style
from archdsl.training.verdict import Verdict

LINES = 40
"""of the table of layers, beyond which deeper levels are summed up"""
BESIDE = 30
"""classes of a matrix that has something beside it"""
LISTED = 20
"""pairs of classes, and files, that are listed"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Mistake:
    """An example that was guessed wrongly: its picture as a `data:` address ("" for none), what it is called, what is said of it."""

    picture: str
    name: str
    true: str
    guessed: str
    probability: float
    loss: float
    small: bool = False


@dataclass(frozen=True, eq=False)
class Page:
    """What a report tells. `drawing` and `curves` are SVG, or the reason why there is none is said in `missing` under their names."""

    graph: Graph
    facts: Mapping[str, str]
    environment: Mapping[str, str]
    recipe: str
    spec: str
    verdict: Verdict
    mistakes: Sequence[Mistake] = ()
    drawing: str = ""
    curves: str = ""
    missing: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def html(self) -> str:
        """The page."""
        shapes = ", ".join(map(str, self.graph.inputs.values())), ", ".join(str(value.shape) for value in values(self.graph.eval))
        left, right = self._drawing() + _section("Recipe", _pre(self.recipe)), self._curves() + self._layers()
        body = [
            f"<h1>{text(self.graph.name)}</h1>",
            f'<p class="soft">{text(" → ".join(shapes))}</p>',
            f"<p>{text(self.graph.description)}</p>" if self.graph.description else "",
            f"<p><small>{text(self.graph.source)}</small></p>" if self.graph.source else "",
            f'<div class="facts">{"".join(f"<div><small>{text(k)}</small><b>{text(v)}</b></div>" for k, v in self.facts.items())}</div>',
            f'<div class="two"><div>{left}</div><div>{right}</div></div>',
            self._confusion(),
            self._worst(),
            self._files(),
            f"<section><details><summary>Spec</summary>{_pre(self.spec)}</details></section>",
            f"<footer>{' '.join(f'<span>{text(key)}: {text(value)}</span>' for key, value in self.environment.items())}</footer>",
        ]
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{text(self.graph.name)}</title>\n<style>\n{style()}</style>\n</head>\n<body>\n<main>\n"
            + "\n".join(filter(None, body))
            + "\n</main>\n</body>\n</html>\n"
        )

    def _drawing(self) -> str:
        return _section("Network", self.drawing or _soft(self.missing["drawing"]), "drawing")

    def _curves(self) -> str:
        return _section("Curves", self.curves or _soft(self.missing["curves"]), "curves")

    def _layers(self) -> str:
        table, deeper = _lines(self.graph)
        rows = [
            ("  " * line.depth + (line.name or "·"), line.operation + (f" ×{line.times}" if line.times > 1 else ""), line.output,
             f"{line.cost.parameters:,}" if line.cost.parameters else "", units.human(line.cost.macs, 3) if line.cost.macs else "")
            for line in table.lines
        ]  # fmt: skip
        total = ("total", "", "", f"{table.total.parameters:,}", units.human(table.total.macs, 3))
        said = _soft("deeper levels are summed up; `archdsl summary` opens them") if deeper else ""
        return _section("Layers", _table(("layer", "operation", "output", "parameters", "MACs"), rows, 2, total) + said)

    def _confusion(self) -> str:
        verdict = self.verdict
        if not len(verdict.labels):
            return ""
        pairs = verdict.confused(LISTED)
        rows = [(one.true, one.guessed, f"{one.count:,}", f"{one.count / one.examples:.1%}") for one in pairs]
        listed = _table(("true", "guessed", "examples", "of the class"), rows, 2) if rows else _soft("no mistake")
        title = "Most confused classes"
        count = len(verdict.confusion())
        if count > MOST:
            return _section(title, listed)
        drawn = matrix([verdict.name(i) for i in range(count)], verdict.confusion().tolist())
        kind = "two" if count <= BESIDE else ""
        return f'<div class="{kind}">{_section(title, listed)}{_section("Confusion matrix", drawn)}</div>'

    def _worst(self) -> str:
        if not self.mistakes:
            return ""
        tiles = "".join(map(_tile, self.mistakes))
        return _section("Worst mistakes", f'<div class="worst">{tiles}</div>')

    def _files(self) -> str:
        if not self.unreadable:
            return ""
        rows = [(cut(name, 200), reason) for name, reason in list(self.unreadable.items())[:LISTED]]
        more = len(self.unreadable) - len(rows)
        said = _soft(f"and {more:,} more") if more else ""
        return _section(f"{len(self.unreadable):,} files that could not be read", _table(("file", "reason"), rows) + said)


def text(value: str) -> str:
    """Text of strangers as it may stand in a page."""
    return escape(escaped(value))


def _section(title: str, inner: str, kind: str = "") -> str:
    return f'<section class="{kind}"><h2>{text(title)}</h2>{inner}</section>'


def _soft(said: str) -> str:
    return f"<p><small>{text(said)}</small></p>"


def _pre(block: str) -> str:
    return f"<pre>{chr(10).join(map(text, block.rstrip().split(chr(10))))}</pre>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: int = 99, last: Sequence[str] = ()) -> str:
    """A table whose columns from number `words` on hold numbers or shapes."""
    foot = f"<tfoot>{_row(last, words)}</tfoot>" if last else ""
    head = _row(heads, words, "th")
    return f"<table><thead>{head}</thead><tbody>{''.join(_row(row, words) for row in rows)}</tbody>{foot}</table>"


def _row(cells: Sequence[str], words: int, tag: str = "td") -> str:
    return f"<tr>{''.join(_cell(cell, number >= words, tag) for number, cell in enumerate(cells))}</tr>"


def _cell(cell: str, number: bool, tag: str) -> str:
    shown = text(cell)
    indent = len(shown) - len(shown.lstrip(" "))
    return f"<{tag}{' class=number' if number else ''}>{'&emsp;' * (indent // 2)}{shown.lstrip(' ')}</{tag}>"


def _lines(graph: Graph) -> tuple[Summary, bool]:
    """The table of layers, opened as deep as it stays short; and whether there is more below."""
    whole = shown = summary(graph)
    depth = max((line.depth for line in whole.lines), default=0)
    while len(shown.lines) > LINES and depth > 0:
        shown, depth = summary(graph, depth), depth - 1
    return shown, shown is not whole


def _tile(mistake: Mistake) -> str:
    small = " class=small" if mistake.small else ""
    picture = f'<img src="{mistake.picture}" alt="{text(mistake.name)}">' if mistake.picture else ""
    return (
        f'<figure{small} title="{text(mistake.name)}">{picture}<figcaption><b>{text(mistake.true)}</b> taken for '
        f"<i>{text(mistake.guessed)}</i><br>{mistake.probability:.1%}, loss {mistake.loss:.2f}</figcaption></figure>"
    )
