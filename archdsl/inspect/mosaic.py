"""Figures of tiles: images side by side in rows, with titles, all sizes in inches and none left to chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from archdsl.inspect.layers import not_so
from archdsl.inspect.view import Pixels

MARGIN, GAP, HEAD, LINE, LABEL = 0.15, 0.08, 0.22, 0.38, 0.16
"""inches: around all, between tiles, of the figure's title, of a section's, and of a tile's"""
DPI = 200
HIGHEST = 65_000 / DPI
"""inches of a PNG that can still be written"""
SOLID = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
"""what a file would say of the hour when it was written, left out: the same figure is the same file"""


@dataclass(frozen=True, eq=False)
class Tile:
    """One image. Numbers of one channel are coloured by `colours`, from `low` to `high`; those of one axis are a line."""

    pixels: Pixels
    label: str = ""
    colours: str = "viridis"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False)
class Section:
    """Tiles in rows of `columns`, under a title, a note in grey and further ones in colours of their own."""

    title: str
    note: str
    tiles: Sequence[Tile]
    columns: int
    aspect: float = field(default=1.0)
    """height of a tile by its width"""
    marks: Sequence[tuple[str, str]] = ()


def mosaic(title: str, sections: Sequence[Section], width: float) -> tuple[Figure, list[list[Axes]]]:
    """A figure of sections one below the other, and the axes of each one's tiles; `width` is that of the widest row in inches.

    Raises `SpecError` where it would be too high to be written.
    """
    heights = [_rows(section) * _row(section, width) + LINE for section in sections]
    across, down = width + 2 * MARGIN, sum(heights) + HEAD + 2 * MARGIN
    if down > HIGHEST:
        raise not_so(sections[-1].title, f"a figure of {len(sections)} layers is {down:.0f} inches high", "choose fewer layers")
    figure = Figure(figsize=(across, down), dpi=DPI)
    figure.text(MARGIN / across, 1 - MARGIN / down, title, fontsize=9, va="top", parse_math=False)
    axes, top = [], down - MARGIN - HEAD
    for section, height in zip(sections, heights, strict=True):
        axes.append(_section(figure, section, top, width, (across, down)))
        top -= height
    return figure, axes


def save(figure: Figure, path: Path) -> None:
    """Write a figure as its file's suffix says: PNG, SVG or PDF. Raises `OSError`."""
    format = path.suffix.removeprefix(".")
    with rc_context({"svg.hashsalt": "archdsl", "pdf.fonttype": 42}):
        figure.savefig(path, format=format, dpi=DPI, metadata=SOLID[format])


def _rows(section: Section) -> int:
    return -(-len(section.tiles) // section.columns)


def _side(section: Section, width: float) -> float:
    """The width of a tile in inches."""
    return (width + GAP) / section.columns - GAP


def _row(section: Section, width: float) -> float:
    labels = LABEL if any(tile.label for tile in section.tiles) else 0.0
    return _side(section, width) * section.aspect + labels + GAP


def _section(figure: Figure, section: Section, top: float, width: float, size: tuple[float, float]) -> list[Axes]:
    across, down = size
    base = (top - LINE + 0.14) / down
    text = figure.text(MARGIN / across, base, section.title, fontsize=8, fontweight="bold", parse_math=False)
    for note, colour in ((section.note, "0.4"), *section.marks):
        edge = text.get_window_extent().x1 / figure.dpi + 0.12
        text = figure.text(edge / across, base, note, fontsize=7.5, color=colour, parse_math=False) if note else text
    side, row, axes = _side(section, width), _row(section, width), []
    for i, tile in enumerate(section.tiles):
        left = MARGIN + (i % section.columns) * (side + GAP)
        bottom = top - LINE - (i // section.columns + 1) * row + GAP
        axes.append(_tile(figure, tile, (left / across, bottom / down, side / across, side * section.aspect / down)))
    return axes


def _tile(figure: Figure, tile: Tile, place: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_axes(place, xticks=[], yticks=[])
    for edge in axes.spines.values():
        edge.set(linewidth=0.4, color="0.6")
    axes.set_title(tile.label, fontsize=6.5, pad=2, parse_math=False)
    if tile.pixels.ndim == 1:
        axes.plot(tile.pixels, linewidth=0.6, color="#3b528b")
        axes.margins(x=0)
    else:
        axes.imshow(tile.pixels, cmap=tile.colours, vmin=tile.low, vmax=tile.high, interpolation="nearest", aspect="auto")
    return axes
