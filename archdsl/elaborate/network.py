"""A document as a whole → its graph: input, parameters, body, outputs by mode, initial values."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archdsl.diagnostics import Diagnostic, Fault
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.blocks import block_outputs
from archdsl.elaborate.budgets import check_total
from archdsl.elaborate.formulas import tensors_of
from archdsl.elaborate.initial_rules import inits_of, read_rules
from archdsl.elaborate.inputs import DEFAULT_INPUT, read_inputs
from archdsl.elaborate.items import Elaborator
from archdsl.elaborate.labels import present
from archdsl.elaborate.levels import finish
from archdsl.elaborate.networks import open_file, own_values, run_main
from archdsl.elaborate.run import Run, Spent
from archdsl.elaborate.scope import LOST, Building, Context, File, Flow, Labels, Scope, Silent
from archdsl.elaborate.trace import Trace
from archdsl.elaborate.unbuilt import check_unbuilt
from archdsl.elaborate.unused import warn_unused
from archdsl.graph import Graph, Output, Value, values
from archdsl.language.document import Document, Entries
from archdsl.language.nodes import Mapping, Node, Sequence
from archdsl.limits import Limits

FRAMES = 40_000
"""Python frames that the deepest spec within the limits may take"""


def elaborate(
    document: Document,
    limits: Limits,
    report: Callable[[Diagnostic], None],
    *,
    settings: Entries | None = None,
    input: Node | None = None,
    trace: Trace | None = None,
    spent: Spent | None = None,
) -> Graph | None:
    """The graph of a document with every shape known; `None` when it has errors, all of which went to `report`.

    `settings` are values for its parameters that come after all others, `input` replaces its own. `trace` is filled with how each call was
    written, if given. `spent` is what was elaborated before and counts towards the limits.
    """
    run = Elaborator(limits, report, spent)
    run.trace = trace
    run.failed = document.partial or bool(document.main.lost)
    try:
        with _deep(), _unsorted():
            graph = _network(run, document, settings or {}, input)
    except Fault as fault:
        run.fail(fault)
        return None
    except Silent:
        return None
    if run.failed or graph is None:
        return None
    for diagnostic in run.advice:
        report(diagnostic)
    return graph


@contextmanager
def _deep() -> Iterator[None]:
    """Room on Python's stack for blocks within blocks: the limits of depth, not the interpreter's, decide."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def _unsorted() -> Iterator[None]:
    """Nothing that is made is looked through for garbage while more of it is made: nearly all of it stays."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _network(run: Run, document: Document, settings: Entries, input: Node | None) -> Graph | None:
    main = document.main
    inputs = read_inputs(run, input or document.input, document, main.span)
    level = Building(document.name, main.span)
    labels = Labels(level)
    x = tuple(inputs.values())
    given = input or document.input
    level.given.update({} if given is None else dict.fromkeys(x, given.span))
    if main.inputs is None and len(x) == 1:
        labels.table["input"] = x[0]
    if list(inputs) != [DEFAULT_INPUT]:
        labels.table.update(inputs)
    flow = x[:1]
    outer = Context(Scope(File(document, settings=settings), labels), level)
    own = own_values(run, document, settings, outer, flow)
    context = open_file(run, document, own, labels, flow, outer)
    last = run_main(run, document, context, flow)
    if not run.full:
        check_unbuilt(run, document)
    if run.failed or LOST in last:
        return None
    evaluated, trained = _outputs(run, main.outputs, context, last)
    if run.failed:
        return None
    outputs = tuple(dict.fromkeys((*values(evaluated), *values(trained))))
    root = finish(level, document.name, x, outputs, labels)
    warn_unused(run, document, root)
    check_total(run.limits, root)
    rules = read_rules(run, document.init, context, flow)
    inits = inits_of(run, root, rules, run.networks)
    return Graph(document.name, root, evaluated, trained, inits, document.description, document.origin, run.sized)


def _outputs(run: Run, node: Node | None, context: Context, x: Flow) -> tuple[Output, Output]:
    """What the network gives in eval and in training."""
    if node is None:
        plain: Output = x[0] if len(x) == 1 else x
        return plain, plain
    if not isinstance(node, Mapping):
        output = _output(run, node, context, x)
        return output, output
    entries = {key.text: value for key, value in node.entries}
    if set(entries) == {"eval", "train"}:
        return _output(run, entries["eval"], context, x), _output(run, entries["train"], context, x)
    for key, _ in node.entries:
        if entries.keys() & {"eval", "train"} and key.text not in ("eval", "train"):
            near = nearest(key.text, ("eval", "train"))
            if near is not None:
                message = f"`outputs` by mode has `eval` and `train`, found `{key.text}`"
                raise Fault("AD2027", key.span, message, help=f"did you mean `{near}`?")
    output = _output(run, node, context, x)
    return output, output


def _output(run: Run, node: Node, context: Context, x: Flow) -> Output:
    """Text gives a tensor, a list a tuple, a mapping a dict."""
    if isinstance(node, Mapping):
        found: dict[str, Value] = {}
        kept = present(context, [part for _, part in node.entries])
        for key, part in node.entries:
            if part not in kept:
                continue
            try:
                found[key.text] = _single(run, part, context, x)
            except Fault as fault:
                run.fail(fault)
        return found
    if isinstance(node, Sequence):
        return block_outputs(run, node, context, x)
    tensors = tensors_of(run, node, context, x)
    return tensors[0] if len(tensors) == 1 else tuple(tensors)


def _single(run: Run, node: Node, context: Context, x: Flow) -> Value:
    tensors = tensors_of(run, node, context, x)
    if len(tensors) != 1:
        message = f"one tensor is needed here, found {len(tensors)}"
        raise Fault("AD2020", node.span, message, help=f"`{node.span.text}[0]` is the first of them")
    return tensors[0]
