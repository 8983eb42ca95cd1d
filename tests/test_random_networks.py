"""Random networks against torch: what is inferred is what is built, and what is emitted is the same network.

`ARCHDSL_NETWORKS=50000 pytest tests/test_random_networks.py` draws more; `make soundness N=50000` does it on all cores. A failure names the
seed and the smallest spec that still fails.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import yaml
from drawn_formulas import FUNCTIONS
from meaning import meaning
from oracle import agree, plain_attention, verify
from strategies import LIBRARY, MODIFIERS, WORDS, draw, words

import archdsl
from archdsl.diagnostics import Source
from archdsl.graph import values
from archdsl.language.formatter import formatted
from archdsl.language.writer import to_yaml
from archdsl.limits import DEFAULT
from archdsl.ops import BY_NAME

NETWORKS = int(os.environ.get("ARCHDSL_NETWORKS", "1000"))
CHUNK = 25
REJECTED = 0.04
"""how many drawn networks may be refused: what the drawing does not follow is the order of axes, which `linear` asks for"""


@pytest.mark.parametrize("first", range(0, NETWORKS, CHUNK))
def test_networks_are_what_torch_makes_of_them(first: int) -> None:
    torch.manual_seed(first)
    refused = 0
    for seed in range(first, first + CHUNK):
        spec = draw(seed)
        try:
            net = archdsl.load(spec.data())
        except archdsl.SpecError:
            refused += 1
            continue
        try:
            assert spec.output is None or [v.shape.dims for v in values(net.graph.eval)] == [spec.output.dims], "another shape than drawn"
            check(spec.data(), spec.data(unrolled=True))
            printed_alike(net, spec.data(), spec.data(long=True))
        except Exception as error:
            smallest = shrunk(spec.data(), fails)
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error}\n{to_yaml(spec.data())}\nsmallest found:\n{to_yaml(smallest)}")
    assert refused <= 2 + REJECTED * CHUNK


def check(data: dict[str, Any], unrolled: dict[str, Any]) -> None:
    """Assert that a network is what torch makes of it, and the same with its loops written out."""
    net = archdsl.load(data)
    model = verify(net)
    if unrolled == data:
        return
    other = archdsl.load(unrolled)
    assert (other.parameters, other.macs) == (net.parameters, net.macs)
    built = other.build(seed=1)
    assert list(built.state_dict()) == list(model.state_dict())
    with plain_attention():
        assert agree(model, built, net), "loops written out give other numbers"


def printed_alike(net: archdsl.Network, data: dict[str, Any], long: dict[str, Any]) -> None:
    """Assert that the network is the same in every form: in flow style with every call as a mapping, and of both what `fmt` prints."""
    flow = yaml.dump(long, Dumper=yaml.CSafeDumper, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    wanted = meaning(net.graph)
    for text in (flow, *(formatted(Source("net.yaml", text), DEFAULT) for text in (flow, to_yaml(data)))):
        assert meaning(archdsl.load(text).graph) == wanted, f"written otherwise it is another network:\n{text}"


def fails(data: dict[str, Any]) -> bool:
    """Whether a spec is valid, and its network another than torch's."""
    try:
        net = archdsl.load(data)
    except archdsl.SpecError:
        return False
    try:
        verify(net)
    except Exception:
        return True
    return False


def shrunk(data: Any, fails: Callable[[Any], bool]) -> Any:
    """A smaller spec that still fails: parts are left out as long as it does."""
    tries = 200
    found = True
    while found and tries:
        found = False
        for smaller in less(data):
            tries -= 1
            if not tries:
                break
            if fails(smaller):
                data, found = smaller, True
                break
    return data


def less(data: Any) -> Iterator[Any]:
    """The spec without one of its parts, larger parts first."""
    if isinstance(data, dict):
        for key in data:
            yield {k: v for k, v in data.items() if k != key}
        for key, value in data.items():
            yield from ({**data, key: smaller} for smaller in less(value))
    if isinstance(data, list):
        for i in range(len(data)):
            yield data[:i] + data[i + 1 :]
        for i, value in enumerate(data):
            yield from ([*data[:i], smaller, *data[i + 1 :]] for smaller in less(value))


def test_shrinking_keeps_what_fails() -> None:
    assert shrunk({"a": [1, {"b": 2, "c": 3}], "d": 4}, lambda data: "'c'" in str(data)) == {"a": [{"c": 3}]}


BASE = "input: [8, 8, 8]\nbody:\n  a: conv 8\n  b: {add: [a, x]}\n  c: {residual: [relu, conv 8 bias=false]}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: conv 8", "a: conv 8 1"),
        ("c: {", "d: {"),
        ("a: conv 8", "a: {conv: 8, init: {bias: ones}}"),
        ("[a, x]", "[x, a, a]"),
        ("[a, x]", "[a, input]"),
        ("add", "mul"),
        ("relu", "gelu"),
        ("relu, conv", "conv 8, conv"),
        (" bias=false", ""),
        ("[8, 8, 8]", "[8, 4, 8]"),
    ],
)
def test_meaning_tells_networks_apart(old: str, new: str) -> None:
    one, same, other = (
        meaning(archdsl.load(text).graph) for text in (BASE, BASE.replace("{add: [a, x]}", '{"add": [a, x]}'), BASE.replace(old, new))
    )
    assert one == same
    assert one != other


def test_everything_is_drawn() -> None:
    seen: Counter[str] = Counter()
    tries = refused = 0
    for seed in range(min(NETWORKS, 600)):
        spec = draw(seed)
        seen += spec.seen
        seen.update(f"word {word}" for word in words(spec.data()))
        tries, refused = tries + spec.tries, refused + spec.refused
    for kind, names in {"op": BY_NAME, "block": LIBRARY, "word": (*WORDS, *MODIFIERS, "require", "let", "tensors", "legend")}.items():
        assert [name for name in names if not seen[f"{kind} {name}"]] == []
    assert [name for name in FUNCTIONS if not seen[f"function {name}"]] == []
    assert refused < 0.3 * tries


@pytest.mark.parametrize("example", [e for op in BY_NAME.values() for e in op.examples], ids=lambda e: f"{e.call} of {e.input}")
def test_examples_of_operations_are_items(example: Any) -> None:
    net = archdsl.load({"input": list(example.input), "body": [example.call]})
    assert net.graph.root.outputs[0].shape.sizes == example.output


def test_first_values_are_not_drawn_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's `trunc_normal_` never ends where its draws are skipped and memory holds numbers beyond its bounds."""

    def drawn(tensor: Any, **given: Any) -> None:
        raise AssertionError("drawn while the modules are made")

    monkeypatch.setattr(torch.nn.init, "trunc_normal_", drawn)
    archdsl.build({"input": [3, 8, 8], "init": [{"op": "conv", "weight": "trunc_normal 0.02"}], "body": ["conv 4"]}, seed=0)
