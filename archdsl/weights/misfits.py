"""What is said of weights whose keys are not those of the network: one message for one cause, with the line of the spec."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from pathlib import Path

from archdsl.diagnostics import Diagnostic
from archdsl.diagnostics.suggest import nearest
from archdsl.graph import Graph
from archdsl.weights.files import whole
from archdsl.weights.places import places

COMPARED = 20
"""keys that a missing one is compared with for a suggestion"""
SHOWN = 6
"""keys of one kind that a message shows"""
LATE = ".num_batches_tracked"
"""a buffer that old files lack, and that keeps its first value then"""
PARTIAL = "`--partial` loads the weights that fit, and leaves the others as initialised"


def some(keys: Collection[str], mark: str = "`") -> str:
    """The first keys, and how many more there are.

    >>> some(["a", "b"]), some("abcdefgh", mark="")
    ('`a`, `b`', 'a, b, c, d, e, f and 2 more')
    """
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return ", ".join(f"{mark}{key}{mark}" for key in list(keys)[:SHOWN]) + more


def misfits(own: Collection[str], found: Collection[str], wrong: Mapping[str, str], name: str, graph: Graph | None) -> list[Diagnostic]:
    """A fault for what does not fit: each key in `wrong`, those of the network that are not `found`, those that only the file has."""
    missing = [key for key in own if key not in found and not key.endswith(LATE)]
    unused = [key for key in found if key not in own]
    common = len(unused) < len(found)
    if missing and not common:
        return [_strangers(missing, unused, name)]
    told = _Told(name, graph)
    faults = [told.fault("AD4206", f"`{key}` {said}", key, PARTIAL) for key, said in wrong.items()]
    for keys in _by_module(missing):
        verb = "is" if len(keys) == 1 else "are"
        faults.append(told.fault("AD4207", f"{some(keys)} {verb} missing in {name}", keys[0], _near(keys[0], unused)))
    for keys in _by_module(unused):
        faults.append(told.fault("AD4208", f"{name} holds {some(keys)}, which the network does not have", keys[0], _near(keys[0], missing)))
    return faults


class _Told:
    """Makes faults at the line of the spec that a key comes from, else at the file."""

    def __init__(self, name: str, graph: Graph | None) -> None:
        self.file, self.places = whole(Path(name)), {} if graph is None else places(graph)

    def fault(self, code: str, message: str, key: str, help: str) -> Diagnostic:
        return Diagnostic(code, "error", message, self.places.get(key, self.file), help=help)


def _by_module(keys: Iterable[str]) -> list[list[str]]:
    return [list(group) for _, group in groupby(keys, lambda key: key.rpartition(".")[0])]


def _near(key: str, others: list[str]) -> str:
    found = nearest(key, others[:COMPARED])
    return f"the nearest key on the other side is `{found}`" if found else PARTIAL


def _strangers(missing: list[str], unused: list[str], name: str) -> Diagnostic:
    """The one fault of a file and a network that have no key in common: a prefix, or other weights."""
    place = whole(Path(name))
    if not unused:
        return Diagnostic("AD4207", "error", f"{name} holds no tensors", place)
    prefix = _prefix(missing, unused)
    if prefix:
        message = f"the keys in {name} begin with `{prefix}`, those of the network do not"
        help = f"save them without it: `{{key.removeprefix('{prefix}'): tensor for key, tensor in model.state_dict().items()}}`"
        return Diagnostic("AD4207", "error", message, place, help=help)
    prefix = _prefix(unused, missing)
    if prefix:
        message = f"the keys of the network begin with `{prefix}`, those in {name} do not"
        help = f"build the network without that level, or save the weights with it: `{{f'{prefix}{{key}}': tensor …}}`"
        return Diagnostic("AD4207", "error", message, place, help=help)
    notes = (f"the network: {some(missing)}", f"the file: {some(unused)}")
    message = f"no key in {name} is one of the network's"
    help = "these are weights of another network, or under other names: `rename` under `weights` in the spec gives them the network's"
    return Diagnostic("AD4207", "error", message, place, notes=notes, help=help)


def _prefix(plain: list[str], longer: list[str]) -> str:
    """What stands before every key of `longer` and, taken away, leaves a key of `plain`; "" if nothing does."""
    known = set(plain)
    first = longer[0]
    parts = first.split(".")
    starts = (".".join(parts[:i]) + "." for i in range(1, len(parts)))
    return next((start for start in starts if all(k.startswith(start) and k.removeprefix(start) in known for k in longer)), "")
