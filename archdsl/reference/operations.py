"""The reference of operations, out of their classes."""

from __future__ import annotations

import inspect

from archdsl.elaborate.signatures import shown, signature_of
from archdsl.graph import Module
from archdsl.network import load
from archdsl.ops import BY_NAME
from archdsl.ops import base as ops
from archdsl.ops.sums import counted, equation
from archdsl.reference.entry import Argument, Entry, Example, sizes
from archdsl.reference.sentences import sentence
from archdsl.reference.takes import in_words, takes
from archdsl.request import Request, read_spec

GROUPS = {
    "conv": "Convolutions",
    "linear": "Linear layers",
    "pool": "Pools",
    "norm": "Norms",
    "activation": "Activations and regularisation",
    "attention": "Attention",
    "shape": "Shape",
    "formula": "Any other module of torch",
}
"""families of operations, in the order of the documentation"""


def names() -> list[str]:
    """All operations, family by family."""
    return sorted(BY_NAME, key=lambda name: list(GROUPS).index(BY_NAME[name].family))


def entry(name: str, worked: bool = True) -> Entry:
    """What there is to say of an operation; with `worked`, its examples are run for their tensors and sums.

    >>> entry("linear").examples[0].sums
    ('out = 10', '512·10 = 5,120 MACs')
    """
    kind = BY_NAME[name]
    arguments = tuple(argument(kind, word) for word in shown(kind))
    examples = tuple(_worked(kind, e) if worked and not kind.probes else _plain(e) for e in kind.examples)
    text = inspect.cleandoc(kind.__doc__ or "")
    return Entry(name, GROUPS[kind.family], signature_of(kind).text, text, arguments, examples, kind.source)


def argument(kind: type[ops.Op], name: str) -> Argument:
    """What there is to say of one argument."""
    return Argument(name, in_words(takes(kind, name)), shown(kind)[name].partition("=")[2], sentence(kind, name))


def _plain(example: ops.Example) -> Example:
    return Example(example.call, sizes(example.input), sizes(example.output))


def _worked(kind: type[ops.Op], example: ops.Example) -> Example:
    spec = {"input": list(example.input), "body": [example.call]}
    network = load(Request(read_spec(spec)))
    module = network.graph.root.calls[-1].target
    assert isinstance(module, Module), example.call
    found = kind.sums(module.op, module.inputs, module.outputs)
    dims = module.outputs[0].dims
    sums = [equation(sum, size) for axis, sum in found.sizes.items() if isinstance(size := dims[axis], int)]
    sums += [f"{counted(found.macs, module.macs)} MACs"] if found.macs else []
    tensors = ", ".join(f"{tensor.name} {sizes(tensor.shape)}" for tensor in module.tensors)
    return Example(example.call, sizes(example.input), sizes(example.output), tensors, tuple(dict.fromkeys(sums)))
