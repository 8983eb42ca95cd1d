"""The rules under `init` of a file, and what comes of all that is said: one `Init` for every parameter and buffer.

For each tensor the item's `init` counts before the declaration's, that before the first rule of the file that matches the module and names
the tensor, that before torch's default.
"""

from __future__ import annotations

from collections.abc import Mapping as Map

from archdsl.diagnostics import Fault, Label
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.initial import glob, no_tensor, read_init
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow, Rule
from archdsl.elaborate.values import fill, truth
from archdsl.graph import Level, Module
from archdsl.language.calls import replaced
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.shown import written
from archdsl.ops import BY_NAME
from archdsl.ops.base import Init, TensorSpec
from archdsl.ops.foreign_names import FOREIGN_NAMES


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
        said = node.text if isinstance(node, Scalar) and node.text else "zeros"
        message = f"a rule of `init` is a mapping; found {written(node)}"
        raise Fault("AD4001", node.span, message, help=f"write `- {{op: conv, weight: {said}}}`")
    found = {key.text: (key, value) for key, value in node.entries}
    values = {name: entry for name, entry in found.items() if name not in ("op", "key", "when")}
    key = found["key"][1] if "key" in found else None
    faults = _wrong_words(run, found["op"][1], context) if "op" in found else []
    if key is not None and not isinstance(key, Scalar):
        message = f"`key` is the path of a module, in which `*` stands for anything; found {written(key)}"
        faults.append(Fault("AD4001", key.span, message, help="write a rule for each"))
    if not values:
        message = "a rule of `init` names the tensors that it is for, and how they begin"
        faults.append(Fault("AD4001", node.span, message, help="as in `- {op: conv, weight: kaiming_normal fan_out}`"))
    for _, value in values.values():
        try:
            read_init(run, value, context, x, (1, 1, 1, 1))
        except Fault as fault:
            faults.append(fault)
    run.refuse(faults)
    if "when" in found and not truth(run, found["when"][1], context, x):
        return None
    pattern = fill(run, key, context, x) if isinstance(key, Scalar) else None
    words = _listed(found["op"][1]) if "op" in found else ()
    return Rule(node, tuple(word.text for word in words if isinstance(word, Scalar)), pattern, values, context, x)


def _listed(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _wrong_words(run: Run, node: Node, context: Context) -> list[Fault]:
    """A fault for each word under `op` that is no operation."""
    blocks = {*context.scope.file.document.blocks, *run.library_names}
    faults = []
    for word in _listed(node):
        if not isinstance(word, Scalar):
            faults.append(Fault("AD4006", word.span, f"`op` takes the names of operations; found {written(word)}"))
        elif word.text in blocks:
            message = f"`{word.text}` is a block; `op` takes operations, which have the tensors"
            faults.append(Fault("AD4006", word.span, message, help="what stands at a path is matched by `key`, as `key: stem.*`"))
        elif word.text not in BY_NAME:
            near = FOREIGN_NAMES.get(word.text.removeprefix("nn.")) or nearest(word.text, BY_NAME)
            help, edit = (f"did you mean `{near}`?", replaced(word.span, word.text, near, "maybe")) if near else (None, None)
            faults.append(Fault("AD4006", word.span, f"no operation `{word.text}`", help=help, edit=edit))
    return faults


MATCH = 3
"""steps that holding a rule against a module counts for"""
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
            found = _by_rule(run, path, module, spec, scope)
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


def _by_rule(run: Run, path: str, module: Module | Level, spec: TensorSpec, scope: Scope) -> tuple[Rule, Node] | None:
    """The first rule that matches the module and names the tensor; a tensor with a dotted name also counts as one of an empty level."""
    base, rules = scope
    relative = path[len(base) + 1 :] if base else path
    holder, _, tail = spec.name.rpartition(".")
    places = [(relative, spec.name), (f"{relative}.{holder}" if relative else holder, tail)] if holder else [(relative, spec.name)]
    first: tuple[Rule, Node] | None = None
    for rule in rules:
        run.afford(rule.node.span, MATCH)
        if rule.ops and not (isinstance(module, Module) and module.op.name in rule.ops):
            continue
        for place, name in places:
            if rule.key is not None and not glob(rule.key, place):
                continue
            rule.seen.add(name)
            if name not in rule.values:
                continue
            if first is None:
                rule.decides.add(name)
                first = rule, rule.values[name][1]
            elif first[0] is not rule:
                rule.after.setdefault(name, first[0].values[name][0].span)
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
            message = f"every `{name}` that this rule matches is set by a rule above it"
            run.warn("AD4009", key.span, message, labels=(Label(rule.after[name], "set here"),), help="put this rule first")
            continue
        if nearest(name, rule.seen) is not None:
            run.fail(no_tensor(key, "what this rule matches", sorted(rule.seen)))
            continue
        have = ", ".join(sorted(rule.seen))
        run.warn("AD4008", key.span, f"nothing that this rule matches has a tensor `{name}`", help=f"it has {have}")


def _warn_unmet(run: Run, rule: Rule, keys: Map[str, Init]) -> None:
    """A rule that met nothing: which words it names, and the path that it most likely meant."""
    ops = " or ".join(f"`{name}`" for name in rule.ops)
    if rule.key is None:
        tensors = " or ".join(f"`{name}`" for name in rule.values)
        place = rule.node.get("op") or rule.node
        run.warn("AD4007", place.span, f"this rule of `init` matches nothing: no {ops} here has a tensor {tensors}")
        return
    place = rule.node.get("key") or rule.node
    under = [key for key in keys if glob(rule.key, key.rpartition(".")[0])]
    if under:
        message = f"this rule of `init` matches nothing: no {ops} stands at the key `{rule.key}`"
        run.warn("AD4007", place.span, message, help=f"there is {', '.join(under[:4])}")
        return
    paths = dict.fromkeys(".".join(parts[:i]) for key in keys for parts in (key.split("."),) for i in range(1, len(parts)))
    near = nearest(rule.key.strip("*").strip("."), paths)
    some = f"the keys are {', '.join(list(keys)[:8])}{', …' if len(keys) > 8 else ''}" if keys else None
    help = f"did you mean `{near}`? its first key is `{next(key for key in keys if key.startswith(f'{near}.'))}`" if near else some
    run.warn("AD4007", place.span, f"no key matches `{rule.key}`: this rule of `init` matches no module that has tensors", help=help)
