"""The plot of docs/zoo.md: parameters against top-1 accuracy on ImageNet, a colour and a mark for each series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from typing import Any

import numpy as np
from kinds import KINDS, SERIES
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from archdsl.zoo import Entry

BEYOND = {name for names in KINDS.values() for name in names}
STYLE = {"svg.hashsalt": "archdsl", "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 9, "axes.linewidth": 0.6}
MARKS = "os^"
PLACES = (((6, 0), "left"), ((-6, 0), "right"), ((0, 9), "center"), ((0, -9), "center"), ((5, 8), "left"), ((-5, 8), "right"))
PLACES += (((5, -8), "left"), ((-5, -8), "right"), ((0, 18), "center"), ((0, -18), "center"))
"""where a label may stand beside its point, the best first: points of the page, and which side of it"""


@dataclass(frozen=True)
class Theme:
    """Colours of the ink, of lines that help, and of series."""

    ink: str
    quiet: str
    colours: tuple[str, ...]


LIGHT = Theme("#1f2328", "#d0d7de", ("#0969da", "#cf222e", "#1a7f37", "#8250df", "#bc4c00", "#0f7285", "#a40e6c", "#7d6200"))
DARK = Theme("#e6edf3", "#3d444d", ("#58a6ff", "#ff7b72", "#56d364", "#d2a8ff", "#ffa657", "#56d4dd", "#ff9bce", "#e3b341"))


def drawn(entries: Iterable[Entry], theme: Theme) -> str:
    """The plot as SVG on no background; the same bytes for the same entries."""
    known = [entry for entry in entries if entry.top1 is not None]
    with rc_context({**STYLE, **{f"{side}.color": theme.ink for side in ("text", "xtick", "ytick")}}):
        figure = Figure(figsize=(9.6, 7.2), layout="constrained")
        canvas = FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _dress(axes, theme)
        labels = [_line(axes, title, points, theme) for title, points in _series(known).items()]
        lone = [entry for entry in known if entry.name in BEYOND]
        axes.plot([e.params for e in lone], [e.top1 for e in lone], "D", color=theme.ink, markersize=4, linestyle="none")
        labels += [(entry.name, [entry], theme.ink) for entry in lone]
        canvas.draw()
        _label(axes, labels)
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().split("\n"))


def _dress(axes: Any, theme: Theme) -> None:
    axes.set_xscale("log")
    axes.set_xticks([1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8], ["1 M", "2 M", "5 M", "10 M", "20 M", "50 M", "100 M", "200 M", "500 M"])
    axes.minorticks_off()
    axes.set_xlim(0.95e6, 1e9)
    axes.set_ylim(54, 88.5)
    axes.set_xlabel("parameters", color=theme.ink)
    axes.set_ylabel("top-1 accuracy on ImageNet, %", color=theme.ink)
    axes.grid(color=theme.quiet, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(theme.quiet)


def _series(known: list[Entry]) -> dict[str, list[Entry]]:
    """The networks of torchvision by what they are called, from small to large."""
    found: dict[str, list[Entry]] = {title: [] for title in SERIES.values()}
    for entry in sorted(known, key=lambda entry: entry.params):
        if entry.name not in BEYOND:
            found[SERIES[max((start for start in SERIES if entry.name.startswith(start)), key=len)]].append(entry)
    return {title: points for title, points in found.items() if points}


def _line(axes: Any, title: str, points: list[Entry], theme: Theme) -> tuple[str, list[Entry], str]:
    number = list(SERIES.values()).index(title)
    colour, mark = theme.colours[number % len(theme.colours)], MARKS[number % len(MARKS)]
    axes.plot([e.params for e in points], [e.top1 for e in points], color=colour, marker=mark, markersize=4.5, linewidth=0.9)
    return title, points, colour


def _label(axes: Any, labels: list[tuple[str, list[Entry], str]]) -> None:
    """Each label beside one of its points, where it hides least of the points, of the lines, and of the labels before it."""
    paths = [axes.transData.transform(line.get_xydata()) for line in axes.lines]
    marks = np.concatenate(paths)
    between = np.concatenate([np.linspace(*pair, 30) for path in paths for pair in pairwise(path)])
    taken = np.concatenate([_around(marks, 3, 1.0), _around(between, 1, 0.3)])
    for text, own, colour in labels:
        tried = []
        for entry in (own[-1], own[0], *own[1:-1]):
            for offset, side in PLACES:
                at = {"textcoords": "offset points", "ha": side, "va": "center"}
                note = axes.annotate(text, (entry.params, entry.top1), offset, color=colour, fontsize=7.5, **at)
                box = note.get_window_extent()
                tried.append((_hidden(box, taken), len(tried), note, box))
        for _, _, note, _ in tried:
            note.remove()
        _, _, best, box = min(tried, key=lambda choice: choice[:2])
        axes.add_artist(best)
        taken = np.vstack([taken, [*box.extents, 4.0]])


def _around(points: Any, reach: int, weight: float) -> Any:
    """A row for each point: left, bottom, right, top, weight."""
    return np.c_[points - reach, points + reach, np.full(len(points), weight)]


def _hidden(box: Bbox, taken: Any) -> float:
    """The weights of all that a box overlaps."""
    left, bottom, right, top, weight = taken.T
    return float(weight[(left < box.x1) & (box.x0 < right) & (bottom < box.y1) & (box.y0 < top)].sum())
