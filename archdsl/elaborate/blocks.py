"""Calls of blocks: parameters, the level that a block makes, and the memory that makes equal calls share one level."""

from __future__ import annotations

from dataclasses import replace

from archdsl.diagnostics import Fault, Label, Span
from archdsl.elaborate.arguments import Given, Signature, bind, missing
from archdsl.elaborate.callees import Called, defaults_of
from archdsl.elaborate.declarations import declare
from archdsl.elaborate.formulas import tensors_of
from archdsl.elaborate.labels import present
from archdsl.elaborate.levels import Make, enter, finish, fresh
from archdsl.elaborate.parameters import Parameter, parameters, show
from archdsl.elaborate.requirements import require
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Building, Context, File, Flow, Labels, Lazy, Scope, Silent, Use
from archdsl.elaborate.sizes import CHOOSE
from archdsl.elaborate.taps import tap
from archdsl.elaborate.values import freeze, read_parameter, spread_list, truth
from archdsl.graph import Level
from archdsl.language.document import Block
from archdsl.language.items import Modifiers
from archdsl.language.nodes import Node, Scalar, Sequence
from archdsl.ops import BY_NAME

Values = dict[str, object]
LEVEL = 3
"""layers whose work it takes to open and close a block"""


def signature_of(block: Block) -> Signature:
    """What a block takes, as its definition says."""
    declared = parameters(block.params)
    text = " ".join([block.name, *(p.name if p.default is None else f"{p.name}={_short(p.default)}" for p in declared)])
    required = tuple(p.name for p in declared if p.default is None)
    types = {p.name: p.type for p in declared if p.type is not None}
    return Signature(f"`{block.name}`", tuple(p.name for p in declared), required, text, block.span, types=types)


def _short(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else node.span.text


def call_block(
    run: Run, block: Block, file: File, called: Called, modifiers: Modifiers, context: Context, x: Flow, name: str | None
) -> tuple[str, Flow]:
    """Run a block: as a level, or with `inline` as children of this level."""
    run.blocks_called.add(block)
    item = called.item
    if block.lost:
        raise Silent
    try:
        values = given_values(run, parameters(block.params), signature_of(block), called, context, x)
    except Fault as fault:
        raise _hidden(block, item.head.span) or fault from None
    if LOST in x:
        raise Silent
    title = title_of(block, values)
    use = Use(title, item.span, values)
    inner = replace(context, uses=(*context.uses, use))
    _check_depth(run, inner, block)
    if modifiers.inline is not None and truth(run, modifiers.inline, context, x):
        return "", inlined(run, block, file, values, inner, x)
    make = maker(run, block, file, values, inner, title, modifiers.outputs)
    return enter(run, make, context, x, name, item.span)


def _hidden(block: Block, span: Span) -> Fault | None:
    """The fault of a block that hides the operation which it means to use."""
    inside = span.source is block.span.source and block.span.start <= span.start < block.span.end
    if not inside or block.name not in BY_NAME:
        return None
    message = f"`{block.name}` calls itself and so never ends: inside the block `{block.name}` the operation of that name is hidden"
    labels = (Label(block.place or block.span, "the block"),)
    return Fault("AD5012", span, message, labels=labels, help="give the block another name")


def given_values(run: Run, declared: tuple[Parameter, ...], signature: Signature, called: Called, context: Context, x: Flow) -> Values:
    """The values that a call gives, read in the scope of the call. All faults of the arguments are collected."""
    given = defaults_of(run, called.home, called.item.head.text, signature)
    for item, place in called.calls:
        spread = spread_list(run, item, place, x, declared[0] if declared else None)
        given.update(bind(item, place, signature, spread, lambda fault: run.fail(fault, context)))
    missing(given, called.item, signature)
    values: Values = {}
    fault: Fault | None = None
    for parameter in declared:
        if parameter.name not in given:
            continue
        try:
            value = read_parameter(run, parameter, given[parameter.name], x, signature.owner)
        except Fault as found:
            if fault is not None:
                run.fail(fault, context)
            fault = found
            continue
        if value is not None or parameter.reading in ("item", "word"):
            values[parameter.name] = value
    if fault is not None:
        raise fault
    return values


def title_of(block: Block, values: Values) -> str:
    """The call as a person says it: numbers by position where the definition needs them, the rest by name."""
    words = [block.name]
    for parameter in parameters(block.params):
        if parameter.name not in values:
            continue
        text = show(values[parameter.name])
        if parameter.default is None:
            words.append(text)
        elif not isinstance(parameter.default, Scalar) or parameter.default.text != text:
            words.append(f"{parameter.name}={text}")
    return " ".join(words)


def _check_depth(run: Run, context: Context, block: Block) -> None:
    blocks = [use.title for use in context.uses if use.title]
    if len(blocks) <= run.limits.block_depth:
        return
    chain = " → ".join((*blocks[:4], "…") if len(blocks) > 4 else blocks)
    message = f"blocks call each other {len(blocks)} deep; the limit `block_depth` is {run.limits.block_depth}: {chain}"
    again = [title.split(" ")[0] for title in blocks].count(block.name) > 1
    help = f"end the recursion of `{block.name}` with a `when`" if again else f"raise it with `--limit block_depth={len(blocks)}`"
    raise Fault("AD5011", context.uses[-1].span, message, help=help)


def maker(run: Run, block: Block, file: File, values: Values, context: Context, title: str, taps: Node | None) -> Make:
    """How the level of a block is made for tensors that flow in. Equal blocks with equal arguments on equal shapes are one level."""

    def make(x: Flow) -> Level:
        key = (block, file, freeze(values), tuple(value.shape for value in x), taps)
        if key in run.building:
            message = f"`{block.name}` calls itself and nothing changes on the way, so it never ends"
            help = "give the inner call a `when`, or an argument that shrinks"
            raise _hidden(block, context.uses[-1].span) or Fault("AD5012", context.uses[-1].span, message, help=help)
        if key not in run.levels:
            run.building.append(key)
            try:
                run.levels[key] = _build(run, block, file, values, context, x, title, taps)
            finally:
                run.building.pop()
        level = run.levels[key]
        if level is None:
            raise Silent
        return level

    return make


def _build(run: Run, block: Block, file: File, values: Values, context: Context, x: Flow, title: str, taps: Node | None) -> Level | None:
    run.call(context.uses[-1].span, LEVEL)
    level = Building(block.name, block.span, context.level)
    labels = Labels(level)
    inputs, flow = open_inputs(block, labels, x, context.uses[-1].span)
    level.fed.update(zip(inputs, x, strict=True))
    level.opened = len(context.uses)
    inner = replace(context, level=level)
    outputs = run_block(run, block, file, values, inner, labels, flow)
    if any(value is LOST for value in outputs):
        return None
    made = finish(level, title, inputs, outputs, labels)
    return made if taps is None else tap(run, made, taps, context)


def inlined(run: Run, block: Block, file: File, values: Values, context: Context, x: Flow) -> Flow:
    """A block's children in the level around it; its labels stay its own."""
    labels = Labels(context.level)
    flow = bind_inputs(block, labels, x, context.uses[-1].span)
    return run_block(run, block, file, values, context, labels, flow)


def run_block(run: Run, block: Block, file: File, values: Values, context: Context, labels: Labels, x: Flow) -> Flow:
    """Parameters, conditions, `let`, tensors, body and outputs of a block, in that order."""
    scope = open_scope(run, block, Scope(file, labels, {}, file.scope), values, context, x)
    inner = replace(context, scope=scope)
    for key, node in block.tensors.values():
        declare(run, key, node, inner, x)
    flow = run.body(block.body, inner, x)
    return flow if block.outputs is None else block_outputs(run, block.outputs, inner, flow)


def open_scope(run: Run, block: Block, scope: Scope, values: Values, context: Context, x: Flow) -> Scope:
    """The names of a block: its parameters, each seeing those above it, then `let`, which sees all. Lost ones keep silent."""
    lost = {name: Lazy(name, block.body, context, x, state="failed") for name in block.lost}
    scope = scope.bind(**lost) if lost else scope
    for parameter in parameters(block.params):
        if parameter.name in values:
            value = values[parameter.name]
        elif parameter.default is None:
            where = f"in the call, as `{parameter.name}: …`" if context.uses else f"with `--set {parameter.name}=…`"
            labels = tuple(Label(use.span, "called here") for use in context.uses[-1:])
            message = f"the parameter `{parameter.name}` has no value"
            raise Fault("AD2112", parameter.key.span, message, labels=labels, help=f"give a default, or the value {where}")
        else:
            given = Given(parameter.default.span, replace(context, scope=scope), parameter.default)
            value = read_parameter(run, parameter, given, x, f"`{block.name}`")
        scope = scope.bind(**{parameter.name: value})
    if block.let:
        names: dict[str, object] = {}
        scope = Scope(scope.file, scope.labels, names, scope)
        names.update({name: Lazy(name, node, replace(context, scope=scope), x) for name, (_, node) in block.let.items()})
    require(run, block, replace(context, scope=scope), x)
    return scope


def open_inputs(block: Block, labels: Labels, x: Flow, span: Span) -> tuple[Flow, Flow]:
    """The tensors of a new level, and what `x` starts as in it; `span` is the call."""
    inputs = fresh(x, input_names(block))
    return inputs, bind_inputs(block, labels, inputs, span)


def input_names(block: Block) -> tuple[str, ...]:
    """The names that a block gives what flows in; the last may take a list (`xs...`)."""
    if block.inputs is None:
        return ("x",)
    nodes = block.inputs.items if isinstance(block.inputs, Sequence) else (block.inputs,)
    return tuple(node.text.removesuffix("...") for node in nodes if isinstance(node, Scalar))


def bind_inputs(block: Block, labels: Labels, x: Flow, span: Span) -> Flow:
    """Name what flows in: `input`, or the names under `inputs`. A Fault when there are too many or too few."""
    if block.inputs is None:
        if len(x) != 1:
            found = f"{len(x)} flow in" if x else "a list of tensors flows in"
            raise Fault("AD2021", span, f"`{block.name}` takes one tensor, {found}", help=CHOOSE)
        labels.table["input"] = x[0]
        return x
    nodes = block.inputs.items if isinstance(block.inputs, Sequence) else (block.inputs,)
    last = nodes[-1]
    names = input_names(block)
    variadic = isinstance(last, Scalar) and last.text.endswith("...")
    if len(x) < len(names) - variadic or (len(x) > len(names) and not variadic):
        least = f"{len(names) - 1} tensors or more" if variadic else "one tensor" if len(names) == 1 else f"{len(names)} tensors"
        wanted = ", ".join(f"`{name}`" for name in names)
        message = f"`{block.name}` takes {least} ({wanted}), {len(x)} flow{'s' if len(x) == 1 else ''} in"
        place = (Label(block.inputs.span, "its inputs"),)
        raise Fault("AD2021", span, message, labels=place, help=f"name what it takes, in this order: `from: [{', '.join(names)}]`")
    single = names[:-1] if variadic else names
    labels.table.update(zip(single, x, strict=False))
    if variadic:
        labels.table[names[-1]] = list(x[len(single) :])
    return x[:1] if single else ()


def block_outputs(run: Run, node: Node, context: Context, x: Flow) -> Flow:
    """What a block gives when it says so: one tensor or a list of them."""
    nodes = present(context, node.items) if isinstance(node, Sequence) else [node]
    return tuple(tensor for part in nodes for tensor in tensors_of(run, part, context, x))
