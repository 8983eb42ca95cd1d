"""Pictures by Graphviz: our own DOT text, laid out by the program `dot`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from archdsl.analyses.diagram import Box, Diagram, Edge
from archdsl.analyses.folding import diagram
from archdsl.backends import labels
from archdsl.backends.theme import FONT, THEMES, Theme, ThemeName
from archdsl.diagnostics import Refused
from archdsl.diagnostics.text import escaped
from archdsl.graph import Graph
from archdsl.limits import DEFAULT, Limits

Format = Literal["dot", "svg", "png", "pdf"]
Direction = Literal["TB", "LR"]
FORMATS: tuple[Format, ...] = ("dot", "svg", "png", "pdf")
MANY = 100
"""boxes above which edges are straight lines, and `dot` searches less long for the best places: both much faster"""
SECONDS = 60
ASIDE = {"rows": ":out:e", "block": ":e"}
"""where a skip leaves a box"""
ROOM = "    "
WEIGHTS = {"trunk": 1000, "branch": 3, "skip": 1}


def draw(
    graph: Graph,
    *,
    format: Format = "svg",
    depth: int | None = None,
    expand: Sequence[str] = (),
    theme: ThemeName = "light",
    direction: Direction = "TB",
    title: bool = True,
    limits: Limits = DEFAULT,
) -> str | bytes:
    """A picture of a graph: text for `dot` and `svg`, bytes for `png` and `pdf`.

    Raises `Refused` where `dot` is missing (not for the format `dot`, which needs no program) and for a path in `expand` that is no level.
    """
    text = write(diagram(graph, depth=depth, expand=expand, limits=limits), theme=THEMES[theme], direction=direction, title=title)
    if format == "dot":
        return text
    drawn = _run(text, format)
    return _plain(drawn.decode()) if format == "svg" else drawn


def write(drawn: Diagram, *, theme: Theme, direction: Direction = "TB", title: bool = True) -> str:
    """A diagram as DOT text."""
    lines = ["digraph network {", *_settings(drawn, theme, direction)]
    if title:
        lines.append(f"  label=<{labels.title(escaped(drawn.name), drawn.summary, drawn.notes, theme)}>")
    lines += _cluster(drawn, 0, theme, "  ")
    aside = _aside(drawn) if direction == "TB" else set()
    lines += [f"  {_edge(edge, drawn, theme, number in aside)}" for number, edge in enumerate(drawn.edges)]
    lines += [f"  n{s.tail} -> s{i} -> n{s.head} [style=invis, weight={WEIGHTS['trunk']}]" for i, s in enumerate(drawn.spines)]
    return "\n".join([*lines, "}", ""])


def _settings(drawn: Diagram, theme: Theme, direction: Direction) -> Iterator[str]:
    splines = "line, nslimit=2" if len(drawn.boxes) > MANY else "spline"
    yield f"  graph [rankdir={direction}, splines={splines}, nodesep=0.3, ranksep=0.3, pad=0.15, labelloc=t, labeljust=l]"
    yield f'  graph [fontname="{FONT}", bgcolor="{theme.page}"]'
    yield f'  node [shape=plain, fontname="{FONT}", fontcolor="{theme.text}"]'
    yield f'  edge [fontname="{FONT}", fontsize=9, fontcolor="{theme.grey}", color="{theme.line}", arrowsize=0.6]'


def _cluster(drawn: Diagram, number: int, theme: Theme, indent: str) -> Iterator[str]:
    """The boxes of a cluster and the clusters in it."""
    unseen = {spine.before: f'{indent}s{i} [style=invis, label="", width=0.01]' for i, spine in enumerate(drawn.spines)}
    for i in (i for i, box in enumerate(drawn.boxes) if box.cluster == number):
        yield from [unseen[i]] if i in unseen else []
        yield f"{indent}{_box(i, drawn.boxes[i], theme)}"
    for child in (i for i, parent in enumerate(drawn.clusters) if parent == number):
        yield f"{indent}subgraph cluster_{child} {{"
        yield f'{indent}  style="rounded,filled"; margin=10; fillcolor="{theme.cluster}"; color="{theme.cluster_border}"; label=""'
        yield from _cluster(drawn, child, theme, f"{indent}  ")
        yield f"{indent}}}"


def _box(number: int, box: Box, theme: Theme) -> str:
    if box.kind not in ("symbol", "pill"):
        return f"n{number} [label=<{labels.label(box, theme)}>]"
    style = "filled,dashed" if box.training else "filled"
    paint = f'color="{theme.skip}", fillcolor="{theme.skip_ground}", fontcolor="{theme.skip}"'
    if box.kind == "symbol":
        return f'n{number} [label={_quoted(box.text)}, shape=circle, style="{style}", fixedsize=true, width=0.25, fontsize=13, {paint}]'
    shape = f'shape=box, style="rounded,{style}", height=0.22, margin="0.12,0.03", fontsize=10'
    return f"n{number} [label={_quoted(box.text)}, {shape}, {paint}]"


def _edge(edge: Edge, drawn: Diagram, theme: Theme, aside: bool) -> str:
    """One edge, from the side of its box if `aside`."""
    port = ASIDE.get(drawn.boxes[edge.tail].kind, "") if aside else ""
    facts = [f"weight={WEIGHTS[edge.kind]}"]
    facts += [f'color="{theme.skip}"'] if edge.kind == "skip" else []
    facts += ["style=dashed"] if edge.training else []
    # An empty label makes room for the bulge of a skip, so that it stays inside its cluster.
    words = f" {edge.label}" if edge.label else ROOM if edge.kind == "skip" else ""
    facts += [f"label={_quoted(words)}"] if words else []
    return f"n{edge.tail}{port} -> n{edge.head} [{', '.join(facts)}]"


def _aside(drawn: Diagram) -> set[int]:
    """The skips, by number, that leave from the side of a fork: those that lie beside or around all others.

    Where two overlap, as those of an attention gate and of what it gates, `dot` does better with the choice of sides.
    """
    out = Counter(edge.tail for edge in drawn.edges)
    skips = {n: e for n, e in enumerate(drawn.edges) if e.kind == "skip" and drawn.boxes[e.head].kind != "input"}
    spans = {(edge.tail, edge.head) for edge in skips.values()}
    crossed = {(a, b) for a, b in spans if any(a < c < b < d or c < a < d < b for c, d in spans)}
    return {n for n, edge in skips.items() if out[edge.tail] > 1 and (edge.tail, edge.head) not in crossed}


def _quoted(text: str) -> str:
    shown = escaped(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{shown}"'


def _run(text: str, format: str) -> bytes:
    program = shutil.which("dot")
    if program is None:
        help = "install Graphviz (Debian and Ubuntu: `apt install graphviz`); `.dot`, `.mmd` and the summary need no program"
        raise Refused("AD6021", "the program `dot`, which lays pictures out, is not installed", help=help)
    try:
        done = subprocess.run([program, f"-T{format}"], input=text.encode(), capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        help = "draw less of it: a smaller depth, or fewer levels to expand"
        raise Refused("AD6022", f"`dot` was not done after {SECONDS} s", help=help) from None
    except OSError as error:
        help = "install Graphviz again; `dot -V` should answer"
        raise Refused("AD6022", f"`{program}` cannot be run: {error.strerror}", help=help) from None
    if done.returncode:
        said = escaped(done.stderr.decode(errors="replace").strip())[:200] or f"it ended with {done.returncode} and said nothing"
        help = "a `.dot` file shows what it was given; `.mmd` needs no program"
        raise Refused("AD6022", f"`dot` failed: {said}", help=help)
    return done.stdout


def _plain(svg: str) -> str:
    """SVG without what `dot` adds for browsers: titles that show as tooltips, comments with the numbers of nodes."""
    bare = re.sub(r"<title>.*?</title>\n?|<!-- .*? -->\n?", "", svg, flags=re.DOTALL)
    return bare.replace('stroke="transparent"', 'stroke="none" shape-rendering="crispEdges"')
