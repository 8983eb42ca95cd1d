"""How the page of a report looks: on a light screen, on a dark one, on paper."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.backends.theme import DARK, LIGHT, Theme

CSS = """\
:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --soft: #656d76; --line: #d8dee4; --card: #f6f8fa;
  --wrong: #c8412f; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 14px/1.45 Helvetica, Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 24px 40px; }
h1 { font-size: 25px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 15px; margin: 0 0 10px; }
p { margin: 4px 0; }
section { margin-top: 26px; min-width: 0; }
.soft, small, figcaption, footer, th { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 18px; }
.facts div { flex: 1 1 104px; padding: 9px 13px; border-radius: 8px; background: var(--card); }
.facts b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.two { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 0 30px; }
svg { display: block; max-width: 100%; height: auto; }
.curves svg { width: 100%; stroke-linejoin: round; stroke-linecap: butt; }
.drawing svg { max-height: 1000px; margin: 0 auto; }
table { border-collapse: collapse; width: 100%; font-size: 12px; font-variant-numeric: tabular-nums; }
th { font-weight: normal; text-align: left; border-bottom: 1px solid var(--line); }
th, td { padding: 2px 12px 2px 0; vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
tfoot td { border-top: 1px solid var(--line); padding-top: 5px; }
pre { margin: 0; padding: 10px 13px; border-radius: 8px; background: var(--card); font: 12px/1.5 Menlo, Consolas, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 14px 12px; }
figure { margin: 0; }
figure img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--card); border-radius: 5px; }
.small img { image-rendering: pixelated; }
figcaption { font-size: 11px; line-height: 1.35; margin-top: 4px; overflow-wrap: anywhere; }
footer { margin-top: 26px; font-size: 12px; }
footer span { white-space: nowrap; margin-right: 18px; }
figcaption b { color: var(--text); }
figcaption i { font-style: normal; color: var(--wrong); }
summary { cursor: pointer; margin-bottom: 8px; }
@media screen and (max-width: 760px) { .two { grid-template-columns: minmax(0, 1fr); } }
@media print {
  @page { margin: 12mm; }
  body { font-size: 10px; }
  main { padding: 0; max-width: none; }
  h1 { font-size: 19px; }
  h2 { font-size: 12px; margin-bottom: 5px; break-after: avoid; }
  section { margin-top: 14px; }
  .facts { gap: 6px; margin-top: 10px; }
  .facts b { font-size: 13px; }
  .facts div { flex-basis: 60px; }
  .facts div, pre { padding: 4px 7px; }
  table, figcaption { font-size: 8px; }
  pre, footer { font-size: 8px; }
  th, td { padding: 1px 6px 1px 0; }
  .drawing svg { max-height: 135mm; }
  .matrix { max-height: 110mm; }
  .worst { grid-template-columns: repeat(10, minmax(0, 1fr)); gap: 8px; }
  figure, .facts div, tr, svg { break-inside: avoid; }
  details { display: none; }
}
"""
NIGHT = """\
  :root { --page: #0d1117; --text: #e6edf3; --soft: #8b949e; --line: #30363d; --card: #161b22; --wrong: #e0705f; }
"""


def style() -> str:
    """The whole style sheet. In the dark, a drawing's own colours are exchanged for those of its dark theme."""
    swaps = "".join(f'  .drawing [fill="{a}"] {{ fill: {b}; }}\n  .drawing [stroke="{a}"] {{ stroke: {b}; }}\n' for a, b in _swaps())
    return f"{CSS}@media screen and (prefers-color-scheme: dark) {{\n{NIGHT}{swaps}}}\n"


def _swaps() -> Iterator[tuple[str, str]]:
    """Each colour of drawings on a light page with the one that it is on a dark page."""
    yield from dict(zip(_colours(LIGHT), _colours(DARK), strict=True)).items()


def _colours(theme: Theme) -> Iterator[str]:
    yield from (theme.page, theme.text, theme.grey, theme.line, theme.border, theme.cluster, theme.cluster_border)
    yield from (theme.block, theme.block_ground, theme.skip, theme.skip_ground)
    yield from (colour for pair in theme.families.values() for colour in pair)
