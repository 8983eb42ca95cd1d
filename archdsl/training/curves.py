"""The curves of a run: loss and accuracy of training and test against epochs, the learning rate below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

Row = Mapping[str, float]
INK, TRAIN, TEST, RATE = "#5b6570", "#3f7fc4", "#d9792b", "#3f9a6b"
"""colours that can be read on white and on black"""
POINTS = 800
"""of a line of single steps, at most; where there are more, each point is the mean of some"""
WIDTH, HEIGHT = 8.4, 4.9
"""inches"""
WIDE = 20.0
"""by how much the largest loss may exceed the least before its axis is logarithmic"""
SOLID: dict[str, dict[str, None]] = {"png": {}, "svg": {"Date": None}}
"""what a file would say of the hour when it was written, left out: the same figure is the same file"""


def curves(title: str, rows: Sequence[Row], steps: Sequence[Row] = (), best: float | None = None, width: float = WIDTH) -> Figure:
    """The figure of a run's log: `rows` of evaluations, the lines of single `steps` as pale curves behind.

    `best` is the number of the step whose weights were the best; they are marked. `width` is in inches.
    """
    figure = Figure(figsize=(width, HEIGHT), dpi=160, layout="constrained")
    if title:
        figure.suptitle(title, fontsize=11, x=0.01, ha="left", color=INK, parse_math=False)
    judged = any(f"{part}_accuracy" in row for row in rows for part in ("train", "test"))
    axes = figure.subplot_mosaic("LA;RR" if judged else "L;R", sharex=True, height_ratios=(3, 1))
    steps = list(thinned(steps, POINTS))
    _curves(axes["L"], "loss", rows, steps, best)
    _scaled(axes["L"], [row[key] for row in rows for key in ("train_loss", "test_loss") if key in row])
    if judged:
        _curves(axes["A"], "accuracy", rows, steps, best)
        axes["A"].yaxis.set_major_formatter(PercentFormatter(1))
    rates = steps or rows
    _line(axes["R"], rates, "learning_rate", color=RATE, linewidth=1.4, marker="o" if len(rates) == 1 else "", markersize=3)
    axes["R"].set_title("learning rate", fontsize=8.5, loc="left", color=INK)
    axes["R"].set_ylim(0, 1.12 * max(row["learning_rate"] for row in rates) or 1)
    axes["R"].set_xlabel("epoch", fontsize=8, color=INK)
    axes["R"].set_xlim(0, rows[-1]["epoch"] * 1.01)
    axes["R"].xaxis.set_major_locator(MaxNLocator(integer=rows[-1]["epoch"] >= 4))
    for one in axes.values():
        _plain(one)
    return figure


def picture(figure: Figure, format: str) -> bytes:
    """A figure as the bytes of a file, `png` or `svg`."""
    found = BytesIO()
    with rc_context({"svg.hashsalt": "archdsl"}):
        figure.savefig(found, format=format, metadata=SOLID[format])
    return found.getvalue()


def inline(figure: Figure) -> str:
    """A figure as SVG inside a page: without a ground, as wide as its place, its ink that of the page's text."""
    found = BytesIO()
    with rc_context({"svg.hashsalt": "archdsl"}):
        figure.savefig(found, format="svg", transparent=True, metadata=SOLID["svg"])
    text = found.getvalue().decode()
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub(r'(<svg[^>]*?) width="[^"]*"| height="[^"]*"(?=[^>]*viewBox)', r"\1", text, count=2).replace(INK, "currentColor")


def thinned(steps: Sequence[Row], count: int) -> Iterator[Row]:
    """At most so many lines; each is the mean of some that follow each other.

    >>> [row["loss"] for row in thinned([{"loss": 1.0}, {"loss": 3.0}, {"loss": 5.0}], 2)]
    [2.0, 5.0]
    """
    size = -(-len(steps) // count)
    for first in range(0, len(steps), size or 1):
        part = steps[first : first + size]
        keys = [key for key in part[0] if all(key in row for row in part)]
        yield {key: sum(row[key] for row in part) / len(part) for key in keys}


def _curves(axes: Axes, name: str, rows: Sequence[Row], steps: Sequence[Row], best: float | None) -> None:
    """Training and test in one panel."""
    marker = "o" if len(rows) <= 30 else ""
    _line(axes, steps, name, color=TRAIN, linewidth=0.7, alpha=0.3)
    _line(axes, rows, f"train_{name}", color=TRAIN, linewidth=1.6, marker=marker, markersize=3, label="training")
    _line(axes, rows, f"test_{name}", color=TEST, linewidth=1.6, marker=marker, markersize=3, label="test")
    for row in rows:
        if row["step"] == best and f"test_{name}" in row:
            label = f"best, {row['test_accuracy']:.2%}" if name == "accuracy" else "best"
            axes.plot(row["epoch"], row[f"test_{name}"], "o", markersize=7, fillstyle="none", color=TEST, label=label)
    axes.set_title(name, fontsize=8.5, loc="left", color=INK)
    axes.legend(fontsize=7.5, frameon=False, labelcolor=INK)


def _line(axes: Axes, rows: Sequence[Row], key: str, **look: object) -> None:
    """The values of a key against epochs, where rows have it."""
    points = [(row["epoch"], row[key]) for row in rows if key in row]
    if points:
        axes.plot(*zip(*points, strict=True), **look)  # type: ignore[arg-type]


def _scaled(axes: Axes, losses: Sequence[float]) -> None:
    """A logarithmic scale where losses of different sizes would lie on one line."""
    if min(losses) > 0 and max(losses) > WIDE * min(losses):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
        axes.set_title("loss, logarithmic", fontsize=8.5, loc="left", color=INK)


def _plain(axes: Axes) -> None:
    axes.tick_params(which="both", labelsize=7.5, length=2, color=INK, labelcolor=INK)
    axes.grid(color=INK, alpha=0.18, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
