"""A confusion matrix as SVG inside a page: a row for each true class, a column for each guessed one, a number in each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdsl.backends.words import markup, short

MOST = 100
"""classes of a matrix"""
CELL, NAME, LETTER, SMALL = 30, 16, 7.2, 11
"""units: a cell, letters of a class's name, the width of one, the size of small text"""
UPRIGHT = 3
"""letters of names that stand upright above their column"""
RIGHT, WRONG = "#2f6db5", "#c8412f"


def matrix(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """The matrix of some classes. Right answers are blue, wrong ones red, the darker the larger their share of the true class.

    Text has the colour of the page's.
    """
    names = [short(name, NAME) for name in classes]
    longest = max(map(len, names))
    margin = LETTER * longest + 2.2 * SMALL
    head = margin if longest > UPRIGHT else 3 * SMALL
    width, height = margin + CELL * len(names) + 2, head + CELL * len(names) + 2
    side = CELL * len(names)
    soft = 'fill-opacity="0.65" text-anchor="middle"'
    parts = [
        f'<svg class="matrix" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" xmlns="http://www.w3.org/2000/svg" role="img" '
        'aria-label="Confusion matrix" fill="currentColor" font-family="Helvetica,Arial,sans-serif" font-size="12">',
        f'<text {soft} x="{margin + side / 2:.1f}" y="{SMALL}">guessed</text>',
        f'<text {soft} transform="translate({SMALL},{head + side / 2:.1f}) rotate(-90)">true</text>',
        f'<rect x="{margin:.1f}" y="{head:.1f}" width="{side}" height="{side}" fill="none" stroke="currentColor" stroke-opacity="0.3"/>',
    ]
    for place, name in enumerate(names):
        middle = CELL * (place + 0.5)
        parts.append(f'<text x="{margin - 5:.1f}" y="{head + middle + 4:.1f}" text-anchor="end">{markup(name)}</text>')
        parts.append(_head(name, margin + middle, head, upright=longest <= UPRIGHT))
    for row, numbers in enumerate(counts):
        parts += _cells(row, numbers, margin, head)
    return "".join([*parts, "</svg>"])


def _head(name: str, x: float, y: float, *, upright: bool) -> str:
    if upright:
        return f'<text x="{x:.1f}" y="{y - 5:.1f}" text-anchor="middle">{markup(name)}</text>'
    return f'<text transform="translate({x + 4:.1f},{y - 5:.1f}) rotate(-90)">{markup(name)}</text>'


def _cells(row: int, numbers: Sequence[int], left: float, top: float) -> Iterator[str]:
    """The cells of a true class, but for those that nobody guessed."""
    examples = sum(numbers)
    for column, number in enumerate(numbers):
        if not number:
            continue
        share = number / examples
        strength = share if row == column else min(1.0, 0.25 + 2 * share)  # a few mistakes among many must be seen
        colour = RIGHT if row == column else WRONG
        x, y = left + CELL * column, top + CELL * row
        yield f'<rect fill="{colour}" x="{x:.1f}" y="{y:.1f}" width="{CELL}" height="{CELL}" fill-opacity="{strength:.2f}"/>'
        size = min(SMALL + 1, 1.5 * CELL / len(str(number)))
        white = ' fill="#ffffff"' if strength > 0.5 else ""
        yield (
            f'<text{white} x="{x + CELL / 2:.1f}" y="{y + CELL / 2 + size * 0.36:.1f}" font-size="{size:.1f}" '
            f'text-anchor="middle">{number}</text>'
        )
