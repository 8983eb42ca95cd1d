"""Initial values: from `init` of items, tensors and files to one `Init` for every parameter and buffer.

For each tensor the item's `init` counts before the declaration's, that before the first rule of the file that matches the module and names
the tensor, that before torch's default.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from math import prod

from archdsl.diagnostics import Edit, Fault, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow, Rule
from archdsl.elaborate.sizes import SizeReader
from archdsl.elaborate.values import fill, truth
from archdsl.graph import Level, Module, keys
from archdsl.language.calls import parse_call
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.ops import BY_NAME
from archdsl.ops.base import Init, TensorSpec

MODES = ("fan_in", "fan_out")
NONLINEARITIES = ("linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")
KAIMING: dict[str, float | str] = {"mode": "fan_in", "nonlinearity": "relu", "a": 0.0}
INITIALISERS: dict[str, dict[str, float | str | None]] = {
    "normal": {"std": 1.0, "mean": 0.0},
    "trunc_normal": {"std": 1.0, "mean": 0.0, "a": -2.0, "b": 2.0},
    "uniform": {"a": None, "b": None},
    "kaiming_normal": dict(KAIMING),
    "kaiming_uniform": dict(KAIMING),
    "xavier_normal": {"gain": 1.0},
    "xavier_uniform": {"gain": 1.0},
    "orthogonal": {"gain": 1.0},
    "dirac": {},
    "zeros": {},
    "ones": {},
}
"""every initialiser with its arguments in order; those without a default are `None`. Source: torch.nn.init"""
WORDS = {"mode": MODES, "nonlinearity": NONLINEARITIES}


def read_init(run: Run, node: Node, context: Context, x: Flow, shape: tuple[int, ...]) -> Init:
    """An initialiser call, or an expression for a constant; both see `fan_in`, `fan_out` and `shape`."""
    if not isinstance(node, Scalar):
        raise Fault("AD4001", node.span, "an initial value is an initialiser or a number", help="write `trunc_normal 0.02` or `0`")
    fan_in, fan_out = fans(shape)
    inner = context.bind(fan_in=fan_in, fan_out=fan_out, shape=list(shape))
    word = node.text.split(" ")[0]
    if not word.isidentifier() or (inner.scope.find(word) is not None and word not in INITIALISERS):
        value = SizeReader(run, inner, x).evaluate(run.expression(node))
        return Init("constant", (("value", _number(value, node.span)),))
    head, positional, keywords = parse_call(node)
    if head.text not in INITIALISERS:
        near = nearest(head.text, INITIALISERS)
        help = f"did you mean `{near}`?" if near else f"the initialisers are {', '.join(INITIALISERS)}"
        edit = Edit(head.span, near, "maybe") if near else None
        raise Fault("AD4002", head.span, f"unknown initialiser `{head.text}`", help=help, edit=edit)
    return _call(run, head, positional, keywords, inner, x)


def _number(value: object, span: Span) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault("AD4001", span, f"an initial value is a number, found {describe(value)}")
    return value


def _call(
    run: Run, head: Scalar, positional: tuple[Scalar, ...], keywords: tuple[tuple[Scalar, Scalar], ...], context: Context, x: Flow
) -> Init:
    takes = INITIALISERS[head.text]
    names = list(takes)
    text = " ".join([head.text, *(name if value is None else f"{name}={value}" for name, value in takes.items())])
    if len(positional) > len(names):
        raise Fault("AD4004", positional[len(names)].span, f"too many arguments: it is `{text}`")
    given = dict(zip(names, positional, strict=False))
    for key, node in keywords:
        if key.text not in takes:
            near = nearest(key.text, names)
            raise Fault("AD4004", key.span, f"no argument `{key.text}`: it is `{text}`", help=f"did you mean `{near}`?" if near else None)
        given[key.text] = node
    values: list[tuple[str, float | str]] = []
    for name, default in takes.items():
        if name in given:
            values.append((name, _argument(run, name, given[name], context, x)))
        elif default is None:
            raise Fault("AD4004", head.span, f"`{name}` is missing: it is `{text}`")
        else:
            values.append((name, default))
    return Init(head.text, tuple(values))


def _argument(run: Run, name: str, node: Scalar, context: Context, x: Flow) -> float | str:
    if name not in WORDS:
        return _number(SizeReader(run, context, x).evaluate(run.expression(node)), node.span)
    if node.text in WORDS[name]:
        return node.text
    near = nearest(node.text, WORDS[name])
    help = f"did you mean `{near}`?" if near else None
    raise Fault("AD4005", node.span, f"`{name}` is one of {', '.join(WORDS[name])}; found `{node.text}`", help=help)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """fan_in and fan_out as torch.nn.init counts them; both the size for a vector.

    >>> fans((64, 3, 7, 7))
    (147, 3136)
    """
    if len(shape) < 2:
        return (prod(shape),) * 2
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def item_inits(run: Run, node: Node, child: Module | Level, context: Context, x: Flow) -> dict[str, Init]:
    """What an item's own `init` says, by tensor; in a level tensors have their paths, in which `*` stands for anything."""
    specs = {spec.name: spec for spec in child.tensors} if isinstance(child, Module) else dict(keys(child))
    if not isinstance(node, Mapping):
        raise Fault("AD4001", node.span, "`init` of an item names its tensors", help="write `init: {weight: zeros}`")
    found: dict[str, Init] = {}
    for key, value in node.entries:
        matching = [name for name in specs if glob(key.text, name)]
        if not matching:
            near = nearest(key.text, specs)
            help = f"did you mean `{near}`?" if near else f"it has {', '.join(list(specs)[:8]) or 'no tensors'}"
            raise Fault("AD4003", key.span, f"no tensor `{key.text}` here", help=help)
        found.update({name: read_init(run, value, context, x, specs[name].shape) for name in matching})
    return found


def glob(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern in which `*` stands for any characters, in linear steps per star.

    >>> glob("heads.*", "heads.0.1"), glob("*.weight", "bias")
    (True, False)
    """
    i = j = mark = 0
    star = -1
    while j < len(text):
        if i < len(pattern) and pattern[i] == "*":
            star, mark, i = i, j, i + 1
        elif i < len(pattern) and pattern[i] == text[j]:
            i, j = i + 1, j + 1
        elif star >= 0:
            i, mark = star + 1, mark + 1
            j = mark
        else:
            return False
    return all(c == "*" for c in pattern[i:])


def read_rules(run: Run, node: Node | None, context: Context, x: Flow) -> list[Rule]:
    """The rules of a file, those whose `when` is false left out."""
    if node is None:
        return []
    rules = []
    for entry in node.items if isinstance(node, Sequence) else (node,):
        try:
            rule = _rule(run, entry, context, x)
        except Fault as fault:
            run.fail(fault)
            continue
        if rule is not None:
            rules.append(rule)
    return rules


def _rule(run: Run, node: Node, context: Context, x: Flow) -> Rule | None:
    if not isinstance(node, Mapping):
        raise Fault("AD4001", node.span, "a rule of `init` is a mapping", help="write `- {op: conv, weight: kaiming_normal fan_out}`")
    found = {key.text: (key, value) for key, value in node.entries}
    ops = _ops(found["op"][1]) if "op" in found else ()
    key = found["key"][1] if "key" in found else None
    pattern = fill(run, key, context, x) if isinstance(key, Scalar) else None
    values = {name: entry for name, entry in found.items() if name not in ("op", "key", "when")}
    if not values:
        raise Fault("AD4001", node.span, "a rule of `init` names a tensor", help="write `- {op: conv, weight: kaiming_normal fan_out}`")
    for _, value in values.values():
        read_init(run, value, context, x, (1, 1, 1, 1))
    if "when" in found and not truth(run, found["when"][1], context, x):
        return None
    return Rule(node, ops, pattern, values, context, x)


def _ops(node: Node) -> tuple[str, ...]:
    words = node.items if isinstance(node, Sequence) else (node,)
    for word in words:
        if not isinstance(word, Scalar) or word.text not in BY_NAME:
            text = word.text if isinstance(word, Scalar) else word.span.text
            near = nearest(text, BY_NAME)
            raise Fault("AD4006", word.span, f"no operation `{text}`", help=f"did you mean `{near}`?" if near else None)
    return tuple(word.text for word in words if isinstance(word, Scalar))


Scope = tuple[str, list[Rule]]
"""the path that a file's rules are relative to, and the rules"""


def inits_of(run: Run, root: Level, rules: list[Rule], inner: Map[Level, list[Rule]]) -> dict[str, Init]:
    """One `Init` for every parameter and buffer of a network, by key. `inner` has the rules of imported networks."""
    inits: dict[str, Init] = {}
    stack: list[tuple[str, Module | Level, Scope, dict[str, Init]]] = [("", root, ("", rules), {})]
    while stack:
        path, module, scope, said = stack.pop()
        if isinstance(module, Level) and module in inner:
            scope = (path, inner[module])
        prefix = f"{path}." if path else ""
        for spec, explicit in _own(run, module):
            found = _by_rule(path, module, spec, scope)
            by_rule = None if found is None else read_init(run, found[1], found[0].context, found[0].x, spec.shape)
            inits[f"{prefix}{spec.name}"] = said.get(spec.name) or (spec.init if explicit else by_rule) or spec.init
        if isinstance(module, Level):
            for name, child in reversed(list(module.children.items())):
                below = {tensor[len(name) + 1 :]: init for tensor, init in said.items() if tensor.startswith(f"{name}.")}
                stack.append((f"{prefix}{name}", child, scope, {**module.inits.get(name, {}), **below}))
    for rule in [*rules, *(rule for more in inner.values() for rule in more)]:
        _check_rule(run, rule, inits)
    return inits


def _own(run: Run, module: Module | Level) -> list[tuple[TensorSpec, bool]]:
    """A module's own tensors, and whether their declaration says how they begin."""
    if isinstance(module, Module):
        return [(spec, False) for spec in module.tensors]
    return [(d.spec, d in run.explicit or d.spec.buffer) for d in module.tensors.values()]


def _by_rule(path: str, module: Module | Level, spec: TensorSpec, scope: Scope) -> tuple[Rule, Node] | None:
    """The first rule that matches the module and names the tensor; a tensor with a dotted name also counts as one of an empty level."""
    base, rules = scope
    relative = path[len(base) + 1 :] if base else path
    holder, _, tail = spec.name.rpartition(".")
    places = [(relative, spec.name), (f"{relative}.{holder}" if relative else holder, tail)] if holder else [(relative, spec.name)]
    first: tuple[Rule, Node] | None = None
    for rule in rules:
        if rule.ops and not (isinstance(module, Module) and module.op.name in rule.ops):
            continue
        for place, name in places:
            if rule.key is not None and not glob(rule.key, place):
                continue
            rule.seen.add(name)
            if name in rule.values and first is None:
                rule.decides.add(name)
                first = rule, rule.values[name][1]
    return first


def _check_rule(run: Run, rule: Rule, keys: Map[str, Init]) -> None:
    """A rule that met nothing is a warning; one that names a tensor which its modules lack but for a letter is a fault."""
    if not rule.seen:
        _warn_unmet(run, rule, keys)
        return
    for name, (key, _) in rule.values.items():
        if name in rule.decides:
            continue
        if name in rule.seen:
            run.warn("AD4009", key.span, f"every `{name}` that this rule matches is set by a rule above it", help="put this rule first")
            continue
        near = nearest(name, rule.seen)
        if near is not None:
            run.fail(Fault("AD4003", key.span, f"no tensor `{name}` in what this rule matches", help=f"did you mean `{near}`?"))
        else:
            run.warn("AD4008", key.span, f"no module that this rule matches has a tensor `{name}`")


def _warn_unmet(run: Run, rule: Rule, keys: Map[str, Init]) -> None:
    """A rule that met nothing: which words it names, and the key that it most likely meant."""
    if rule.key is None:
        names = " or ".join(f"`{name}`" for name in rule.ops)
        tensors = " or ".join(f"`{name}`" for name in rule.values)
        run.warn("AD4007", rule.node.span, f"this rule of `init` matches nothing: no {names} here has a tensor {tensors}")
        return
    modules = {path: key for key in reversed(list(keys)) if (path := key.rpartition(".")[0])}
    near = nearest(rule.key.strip("*").strip("."), modules)
    help = (
        f"did you mean `{near}`? its first key is `{modules[near]}`"
        if near
        else f"the keys are {', '.join(list(keys)[:8])}"
        if keys
        else None
    )
    run.warn("AD4007", rule.node.span, f"no key matches `{rule.key}`: this rule of `init` matches no module that has tensors", help=help)
