"""Whole specs: the parameters of a file, and an imported spec that is called as one block."""

from __future__ import annotations

from dataclasses import replace

from archdsl.diagnostics import Fault, Label
from archdsl.elaborate.arguments import Given, Signature
from archdsl.elaborate.blocks import Values, block_outputs, given_values, open_inputs, open_scope, title_of
from archdsl.elaborate.callees import Called
from archdsl.elaborate.declarations import declare
from archdsl.elaborate.initial_rules import read_rules
from archdsl.elaborate.labels import present
from archdsl.elaborate.levels import enter, finish
from archdsl.elaborate.parameters import Parameter, parameters
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Building, Context, File, Flow, Labels, Scope, Silent, Use
from archdsl.elaborate.taps import tap
from archdsl.elaborate.values import freeze, read_parameter
from archdsl.graph import Level
from archdsl.language.document import Document, Entries
from archdsl.language.items import Item, Modifiers
from archdsl.language.merge import settings_in_order, unknown_parameter, unknown_variant
from archdsl.language.nodes import Mapping, Node, Scalar
from archdsl.language.shown import written


def own_values(run: Run, document: Document, more: Entries, context: Context, x: Flow) -> Values:
    """The values that settings give the parameters of a file."""
    settings = settings_in_order(document, more)
    declared = {parameter.name: parameter for parameter in parameters(document.main.params)}
    values: Values = {}
    faults: list[Fault] = []
    for name, (key, node) in settings.items():
        if name not in declared:
            faults += [] if _of_variant(document, key) else [unknown_parameter(key, document.main.params, document.source.name)]
            continue
        try:
            value = _set(run, declared[name], Given(node.span, context, node), x, document)
        except Fault as wrong:
            faults.append(wrong)
            continue
        if value is not None or declared[name].reading in ("item", "word"):
            values[name] = value
    run.refuse(faults)
    return values


def _set(run: Run, parameter: Parameter, given: Given, x: Flow, document: Document) -> object:
    """The value that a setting gives a parameter; a fault shows where the parameter is declared."""
    try:
        return read_parameter(run, parameter, given, x, f"`{document.name}`")
    except Fault as fault:
        found = fault.diagnostic
        fault.diagnostic = replace(found, labels=(*found.labels, Label(parameter.key.span, "declared here")))
        raise


def _of_variant(document: Document, key: Scalar) -> bool:
    """Whether a setting stands in a variant, whose unknown parameters were reported when the file was read."""
    return any(key is own for variant in document.variants.values() for own, _ in variant.settings.values())


def open_file(run: Run, document: Document, values: Values, labels: Labels, x: Flow, context: Context) -> Context:
    """A document at work: its names, in a scope that its blocks see, also those that its settings named. Gives the context of its body."""
    file = context.scope.file
    file.scope = open_scope(run, document.main, Scope(file, labels), values, context, x)
    return replace(context, scope=file.scope)


def imported_file(run: Run, document: Document, context: Context) -> File:
    """A document whose blocks another file calls: its parameters have the values that it gives them itself; no tensor flows into it."""
    if document not in run.files:
        labels = Labels(context.level)
        outer = replace(context, scope=Scope(File(document), labels))
        given = [p for p in parameters(document.main.params) if p.default is not None]
        kept = {p.name: document.main.params[p.name] for p in given}
        main = replace(document.main, params=kept, require=())
        known = {name: value for name, value in own_values(run, document, {}, outer, ()).items() if name in kept}
        file = run.files[document] = outer.scope.file
        file.scope = open_scope(run, main, Scope(file, labels), known, outer, ())
    return run.files[document]


def run_main(run: Run, document: Document, context: Context, x: Flow) -> Flow:
    """Tensors and body of a file."""
    for key, node in document.main.tensors.values():
        declare(run, key, node, context, x)
    return run.body(document.main.body, context, x)


def call_network(
    run: Run, document: Document, called: Called, modifiers: Modifiers, context: Context, x: Flow, name: str | None
) -> tuple[str, Flow]:
    """Run an imported spec as one block, with its parameters as arguments."""
    item, document = _variant(document, called)
    declared = parameters(document.main.params)
    signature = Signature(f"`{document.name}`", tuple(p.name for p in declared), (), document.name, document.main.span)
    calls = tuple((item if i == len(called.calls) - 1 else other, place) for i, (other, place) in enumerate(called.calls))
    given = given_values(run, declared, signature, replace(called, calls=calls), context, x)
    if LOST in x:
        raise Silent
    title = title_of(document.main, given)
    inner = replace(context, uses=(*context.uses, Use(title, item.head.span)))

    def make(flow: Flow) -> Level:
        key = (document, freeze(given), tuple(value.shape for value in flow), modifiers.outputs)
        if key not in run.levels:
            run.levels[key] = _build(run, document, given, inner, flow, title, modifiers.outputs)
        level = run.levels[key]
        if level is None:
            raise Silent
        return level

    return enter(run, make, context, x, name, item.span)


def _build(run: Run, document: Document, given: Values, context: Context, x: Flow, title: str, taps: Node | None) -> Level | None:
    level = Building(document.name, document.main.span, context.level)
    labels = Labels(level)
    inputs, flow = open_inputs(document.main, labels, x, context.uses[-1].span)
    level.fed.update(zip(inputs, x, strict=True))
    level.opened = len(context.uses)
    outer = replace(context, scope=Scope(File(document), labels), level=level)
    values = {**own_values(run, document, {}, outer, flow), **given}
    inner = open_file(run, document, values, labels, flow, outer)
    outputs = run_main(run, document, inner, flow)
    node = document.main.outputs
    if isinstance(node, Mapping):
        node = node.get("eval") if {key.text for key, _ in node.entries} == {"eval", "train"} else node
    if isinstance(node, Mapping):
        outputs = tuple(
            value for part in present(inner, [part for _, part in node.entries]) for value in block_outputs(run, part, inner, outputs)
        )
    elif node is not None:
        outputs = block_outputs(run, node, inner, outputs)
    if any(value is LOST for value in outputs):
        return None
    made = finish(level, title, inputs, outputs, labels)
    made = made if taps is None else tap(run, made, taps, context)
    run.networks[made] = read_rules(run, document.init, inner, flow)
    return made


def _variant(document: Document, called: Called) -> tuple[Item, Document]:
    """The call without `variant`, and the document with that variant chosen."""
    item = called.calls[-1][0]
    chosen = next(((key, node) for key, node in item.keywords if key.text == "variant"), None)
    if chosen is None:
        return item, document
    key, node = chosen
    rest = replace(item, keywords=tuple(entry for entry in item.keywords if entry[0] is not key))
    if not isinstance(node, Scalar):
        raise Fault("AD2304", node.span, f"`variant` takes the name of a variant; found {written(node)}")
    if node.text not in document.variants:
        raise unknown_variant(document, node)
    return rest, replace(document, variant=node)
