"""Published figures that a spec promises under `expect`, held against the graph to the digits written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation

from archdsl.analyses.costs import costs
from archdsl.diagnostics import Diagnostic, Edit, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.graph import Graph, Module, values, walk
from archdsl.language import nodes
from archdsl.language.nodes import Node, Scalar
from archdsl.language.shown import written

Report = Callable[[Diagnostic], None]
LARGEST = 3
"""layers that are named where the parameters are others than promised"""
COUNTS: Mapping[str, Callable[[Graph], int]] = {"params": lambda graph: graph.parameters, "macs": lambda graph: costs(graph).total.macs}
KEYS = (*COUNTS, "output")
OTHER_WORDS = {
    "flops": "write `macs`, multiply-accumulates: half of the floating-point operations",
    "gflops": "write `macs`, as in `macs: 4.09e9`: most papers' GFLOPs are multiply-accumulates",
    "parameters": "write `params`",
}
SHORT = re.compile(r"([\d.]+)\s*([kKmMgGbB])")
"""a number as papers write it"""
POWERS = {"k": 3, "m": 6, "g": 9, "b": 9}


def verify(expect: Node | None, graph: Graph, variants: Collection[str], variant: str, changed: bool, report: Report) -> None:
    """Report an error for every figure that is not the network's.

    In a family the figures stand by variant. Where parameters or the input are not those of the file (`changed`), a note says that nothing
    was compared.
    """
    if expect is None:
        return
    if not isinstance(expect, nodes.Mapping):
        message = f"`expect` is a mapping of figures; found {written(expect)}"
        report(Diagnostic("AD4101", "error", message, expect.span, help="for example `expect: {params: 25557032}`"))
        return
    by_variant = bool(variants) and not {key.text for key, _ in expect.entries} & {*KEYS}
    for key, _ in expect.entries if by_variant else ():
        if key.text not in variants:
            report(_unknown(key, (*variants, *KEYS), "figure or variant"))
    figures = expect.get(variant) if by_variant else expect
    if figures is None:
        return
    if not isinstance(figures, nodes.Mapping):
        message = f"the figures of `{variant}` are a mapping; found {written(figures)}"
        report(Diagnostic("AD4101", "error", message, figures.span, help=f"as in `{variant}: {{params: 25557032}}`"))
        return
    if changed:
        message = "the figures were not compared: parameters or the input are not those of the file"
        report(Diagnostic("AD4103", "note", message, figures.span))
        return
    for key, node in figures.entries:
        _figure(key, node, graph, report)


def _figure(key: Scalar, node: Node, graph: Graph, report: Report) -> None:
    if key.text in COUNTS:
        _count(key.text, node, graph, report)
    elif key.text == "output":
        _output(node, graph, report)
    else:
        report(_unknown(key, KEYS, "figure"))


def _unknown(key: Scalar, names: tuple[str, ...], what: str) -> Diagnostic:
    near = nearest(key.text, names)
    help = OTHER_WORDS.get(key.text.lower()) or (f"did you mean `{near}`?" if near else f"it may have {', '.join(names[:40])}")
    edit = Edit(key.span, near, "maybe") if near else None
    return Diagnostic("AD4101", "error", f"`expect` has no {what} `{key.text}`", key.span, help=help, edit=edit)


def _count(name: str, node: Node, graph: Graph, report: Report) -> None:
    promised = _number(node)
    if promised is None:
        short = SHORT.fullmatch(_text(node.span))
        help = f"write `{short[1]}e{POWERS[short[2].lower()]}`" if short else None
        report(Diagnostic("AD4101", "error", f"`{name}` is a number; found {written(node)}", node.span, help=help))
        return
    found = COUNTS[name](graph)
    unit = Decimal(1).scaleb(max(0, int(promised.as_tuple().exponent)))
    if abs(promised - found) * 2 > (unit if unit > 1 else 0):
        word = "parameters" if name == "params" else "multiply-accumulates"
        message = f"{_shown(promised)} {word} are expected, {found:,} found"
        report(Diagnostic("AD4102", "error", message, node.span, notes=_largest(graph) if name == "params" else ()))


def _output(node: Node, graph: Graph, report: Report) -> None:
    """One list of sizes, or a list of such lists, one for each output."""
    items = node.items if isinstance(node, nodes.Sequence) else ()
    several = any(isinstance(item, nodes.Sequence) for item in items)
    promised = [_sizes(item) for item in items] if several else [_sizes(node)]
    if None in promised:
        message = f"`output` is a list of sizes; found {written(node) if not items else f'`{_text(node.span)}`'}"
        report(Diagnostic("AD4101", "error", message, node.span, help="as in `output: [1000]`, and for several outputs `[[256], [10]]`"))
        return
    found = [[*map(Decimal, value.shape.sizes)] for value in values(graph.eval)]
    if promised != found:
        shown = ", ".join(str([*map(int, sizes)]) for sizes in found)
        report(Diagnostic("AD4102", "error", f"the output {_text(node.span)} is expected, {shown} found", node.span))


def _sizes(node: Node) -> list[Decimal] | None:
    items = node.items if isinstance(node, nodes.Sequence) else ()
    sizes = [size for item in items if (size := _number(item)) is not None]
    return sizes if items and len(sizes) == len(items) else None


def _number(node: Node) -> Decimal | None:
    if not isinstance(node, Scalar):
        return None
    try:
        number = Decimal(node.text.replace("_", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 30 else None


def _shown(number: Decimal) -> str:
    return f"{int(number):,}" if number == number.to_integral_value() else str(number)


def _largest(graph: Graph) -> tuple[str, ...]:
    layers = [(module.parameters, path) for path, module in walk(graph.root) if isinstance(module, Module) and module.parameters]
    layers.sort(reverse=True)
    return (f"the largest layers: {', '.join(f'{path} {count:,}' for count, path in layers[:LARGEST])}",) if layers else ()


def _text(span: Span) -> str:
    return " ".join(span.text.split())[:40]
