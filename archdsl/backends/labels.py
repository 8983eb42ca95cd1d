"""HTML-like labels of Graphviz: what stands in a box."""

from __future__ import annotations

from archdsl.analyses.diagram import Box, Row
from archdsl.analyses.units import human
from archdsl.backends.theme import Theme
from archdsl.backends.words import lines, markup, short

_BARE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'


def label(box: Box, theme: Theme) -> str:
    """The label of a box of any kind but symbols and pills."""
    return {"rows": _rows, "block": _block, "header": _header, "input": _input, "end": _end}[box.kind](box, theme)


def title(name: str, summary: str, notes: list[str], theme: Theme) -> str:
    """The head of the page: name in bold, figures in grey, notes below."""
    head = f"<TD>{_font(name, theme.text, 17, bold=True)}</TD><TD>{_font(summary, theme.grey, 11)}</TD>"
    below = "".join(f'<TR><TD COLSPAN="2" ALIGN="LEFT">{_font(note, theme.skip, 10)}</TD></TR>' for note in notes)
    return f'<TABLE {_BARE} CELLPADDING="5"><TR>{head}</TR>{below}</TABLE>'


def _rows(box: Box, theme: Theme) -> str:
    color = theme.cluster_border if box.reused else theme.border
    columns = [any(row.name for row in box.rows), any(row.parameters for row in box.rows), any(row.shape for row in box.rows)]
    body = "".join(_row(row, box.reused, columns, theme) for row in box.rows[:-1])
    body += _row(box.rows[-1], box.reused, columns, theme, ' PORT="out"')
    style = ' STYLE="DASHED"' if box.training else ""
    return f'<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" COLOR="{color}" BGCOLOR="{theme.page}"{style}>{body}</TABLE>'


def _row(row: Row, reused: bool, columns: list[bool], theme: Theme, port: str = "") -> str:
    bar, ground = theme.families[row.family]
    name = f"= {short(row.name)}" if reused else short(row.name)
    texts = [(name, "LEFT"), (human(row.parameters, 3) if row.parameters else "", "RIGHT"), (row.shape, "RIGHT")]
    words = '<BR ALIGN="LEFT"/>'.join([*(_font(line, theme.text, 11) for line in lines(row.text)), ""])
    greys = [(_font(text, theme.grey, 9), side) for (text, side), on in zip(texts, columns, strict=True) if on]
    cells = [f'<TD ALIGN="{side}" BGCOLOR="{ground}">{text}</TD>' for text, side in [(words, "LEFT"), *greys]]
    cells[-1] = cells[-1].replace("<TD", f"<TD{port}", 1)
    return f'<TR><TD WIDTH="6" BGCOLOR="{bar}"></TD>{"".join(cells)}</TR>'


def _block(box: Box, theme: Theme) -> str:
    color, width = (theme.line, "1") if box.reused else (theme.block, "2")
    style = "ROUNDED,DASHED" if box.training else "ROUNDED"
    times = [f"×{box.times}"] if box.times > 1 else []
    cells = [f"<TD>{_stack([_font(line, theme.text, 11, bold=True) for line in lines(box.text, 40)])}</TD>"]
    cells += [f"<TD>{_font(text, color, 11, bold=True)}</TD>" for text in times]
    name = f"= {short(box.name)}" if box.reused and box.name else short(box.name)
    greys = [name, human(box.parameters, 3) if box.parameters else ""]
    cells += [f"<TD>{_font(text, theme.grey, 9)}</TD>" for text in greys if text]
    head = f'BORDER="{width}" CELLBORDER="0" CELLSPACING="2" CELLPADDING="3" COLOR="{color}" BGCOLOR="{theme.block_ground}" STYLE="{style}"'
    return f"<TABLE {head}><TR>{''.join(cells)}</TR></TABLE>"


def _header(box: Box, theme: Theme) -> str:
    """Name and call in bold, parameters in grey."""
    words = " · ".join(text for text in (short(box.name), box.text) if text)
    text = _stack([_font(line, theme.text, 11, bold=True) for line in lines(words, 56)])
    grey = f"<TD>{_font(human(box.parameters, 3), theme.grey, 9)}</TD>" if box.parameters else ""
    return f'<TABLE {_BARE} CELLPADDING="3"><TR><TD>{text}</TD>{grey}</TR></TABLE>'


def _input(box: Box, theme: Theme) -> str:
    return f'<TABLE {_BARE} CELLPADDING="3"><TR><TD>{_font(short(box.text), theme.grey, 10)}</TD></TR></TABLE>'


def _end(box: Box, theme: Theme) -> str:
    aside = f"<TD>{_font('training only', theme.grey, 9)}</TD>" if box.training else ""
    return f'<TABLE {_BARE} CELLPADDING="2"><TR><TD>{_font(short(box.text), theme.text, 12, bold=True)}</TD>{aside}</TR></TABLE>'


def _stack(texts: list[str]) -> str:
    return "<BR/>".join(texts)


def _font(text: str, color: str, size: int, bold: bool = False) -> str:
    inner = f"<B>{markup(text)}</B>" if bold else markup(text)
    return f'<FONT COLOR="{color}" POINT-SIZE="{size}">{inner}</FONT>' if text else ""
