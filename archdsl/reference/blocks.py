"""The reference of blocks: those of the standard library, and those that a spec defines or imports."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analyses.rows import summary
from archdsl.elaborate.blocks import signature_of
from archdsl.elaborate.library import library_block, library_names, library_node
from archdsl.elaborate.parameters import Parameter, parameters
from archdsl.language import nodes
from archdsl.language.document import Block, Document
from archdsl.language.nodes import Node, Scalar
from archdsl.language.words import TYPES
from archdsl.network import Network, load
from archdsl.reference.entry import Argument, Entry, Example
from archdsl.request import Request, read_spec

LIBRARY, OWN, IMPORTED = "Standard library", "Defined in the spec", "Imported by the spec"
READINGS = {"value": "a value", "word": "an item, or a word"}
"""what a parameter without a declared type takes, by its default"""


def names() -> list[str]:
    """The blocks of the library."""
    return sorted(library_names())


def entry(name: str, worked: bool = True) -> Entry:
    """What there is to say of a block of the library; with `worked`, its example is run.

    >>> entry("transition").signature
    'transition out=x.channels // 2'
    """
    node = library_node(name)
    example = node.get("example")
    assert isinstance(example, nodes.Mapping), name
    return _entry(library_block(name), LIBRARY, (_worked(example, worked),), node.span.text, _text(node.get("source")))


def of_spec(document: Document) -> dict[str, Entry]:
    """What there is to say of the blocks that a spec defines and imports."""
    found = {name: _entry(block, OWN, (), _written(block)) for name, block in document.blocks.items()}
    found |= {name: _entry(block, IMPORTED, (), _written(block)) for name, (_, block) in document.imports.items() if name not in found}
    found |= {name: _network(name, network) for name, (_, network) in document.networks.items()}
    return found


def layers(network: Network) -> str:
    """What runs, in order, in columns: key, operation, what it gives for one example."""
    rows = [(line.path or "·", line.operation, f"{line.output} {line.note}".strip()) for line in summary(network.graph, fold=False).lines]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{path.ljust(widths[0])}  {operation.ljust(widths[1])}  {output}" for path, operation, output in rows)


def _entry(block: Block, group: str, examples: tuple[Example, ...], definition: str, source: str = "") -> Entry:
    arguments = tuple(argument(parameter) for parameter in parameters(block.params))
    return Entry(block.name, group, signature_of(block).text, block.description, arguments, examples, source, definition)


def argument(parameter: Parameter) -> Argument:
    """What there is to say of a parameter."""
    takes = TYPES[parameter.type] if parameter.type else TYPES.get(parameter.reading) or READINGS[parameter.reading]
    return Argument(parameter.name, takes, "" if parameter.default is None else _text(parameter.default), "")


def _network(name: str, document: Document) -> Entry:
    variants = ", ".join(f"`{variant}`" for variant in document.variants)
    arguments = tuple(argument(parameter) for parameter in parameters(document.main.params))
    arguments += (Argument("variant", f"one of {variants}", "none", "the variant whose settings count"),) if variants else ()
    signature = " ".join([name, *(f"{a.name}={a.default}" if a.default else a.name for a in arguments if a.name != "variant")])
    return Entry(name, IMPORTED, signature, document.description or f"The spec `{document.source.name}`.", arguments, (), document.origin)


def _worked(example: nodes.Mapping, worked: bool) -> Example:
    """The example of a library file as a spec, and its layers."""
    call, sizes = _text(example.get("use")), _text(example.get("input"))
    spec = f"input: {sizes}\nbody:\n  - {call}\n"
    shown = sizes.strip("[]").replace(", ", "×")
    if not worked:
        return Example(call, shown, "", spec=spec)
    network = load(Request(read_spec(spec)))
    return Example(call, shown, network.shapes.split(" → ")[1], spec=spec, layers=layers(network))


def _written(block: Block) -> str:
    """A block as its file has it, the indentation of its lines taken off."""
    return "\n".join(_dedented(block.span.text.split("\n"), block.span.column - 1))


def _dedented(lines: list[str], width: int) -> Iterator[str]:
    yield from (line[width:] if line[:width].isspace() else line for line in lines)


def _text(node: Node | None) -> str:
    assert node is not None
    return node.text if isinstance(node, Scalar) else node.span.text
