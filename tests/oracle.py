"""Whether what is known of a network before it is built is what torch finds: shapes of every call, tensors, costs, and the emitted source.

`Reference` runs a graph step by step on the modules of the built model, without the generated `forward`, which must give the same bits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archdsl.analyses.costs import BYTES, costs
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Output, keys, live, values, walk
from archdsl.network import Network
from archdsl.ops.types import Kind
from archdsl.shapes import Batch, Shape

BATCHES = (2, 3)
"""two sizes of the batch, so that its factor shows"""


def sizes(shape: Shape, batch: int) -> tuple[int, ...]:
    """A shape for so many examples."""
    return tuple(d.factor * batch if isinstance(d, Batch) else d for d in shape.dims)


def examples(net: Network, batch: int) -> list[Tensor]:
    """Random inputs."""
    generator = torch.Generator().manual_seed(batch)
    return [torch.randn(sizes(shape, batch), generator=generator) for shape in net.graph.inputs.values()]


class Reference:
    """Runs the calls of a graph in their order; `shapes` has what each child gave by its path, `bytes` what all calls made."""

    def __init__(self, model: nn.Module, batch: int) -> None:
        self.model, self.batch = model, batch
        self.tensors: dict[str, Tensor] = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        self.shapes: dict[str, list[list[tuple[int, ...]]]] = defaultdict(list)
        self.bytes = 0

    def level(self, level: Level, prefix: str, inputs: list[Tensor], wanted: Output) -> list[Tensor]:
        found = dict(zip(level.inputs, inputs, strict=True))
        found |= {d.value: self.tensors[f"{prefix}{d.spec.name}"] for d in level.tensors.values()}
        running = live(level.calls, values(wanted))
        for call in (c for c in level.calls if c in running):
            results = self.call(call, prefix, [found[value] for value in call.inputs])
            made = [tuple(t.shape) for t in results]
            expected = [sizes(value.shape, self.batch) for value in call.outputs]
            assert made == expected, f"{prefix}{call.name or call.target}: inferred {expected}, torch gives {made}"
            found |= dict(zip(call.outputs, results, strict=True))
            if call.name is not None:
                self.shapes[f"{prefix}{call.name}"].append(made)
            if not isinstance(call.target, Level):
                self.bytes += BYTES * sum(t.numel() for t in results)
        return [found[value] for value in values(wanted)]

    def call(self, call: Call, prefix: str, inputs: list[Tensor]) -> list[Tensor]:
        if isinstance(call.target, Level):
            return self.level(call.target, f"{prefix}{call.name}.", inputs, call.target.outputs)
        if isinstance(call.target, Module):
            names: dict[str, Any] = {f"x{i}": x for i, x in enumerate(inputs)}
            names["module"] = self.model.get_submodule(f"{prefix}{call.name}")
            return _listed(eval(call.target.op.forward(call.target.inputs), names))
        return _listed(eval(call.target.python(), self.arguments(call.target, inputs)))

    def arguments(self, function: Function, inputs: list[Tensor]) -> dict[str, Any]:
        """Tensors and numbers under the names of the fields."""
        left = iter(inputs)
        names: dict[str, Any] = {"torch": torch, "F": F, "self": SimpleNamespace(training=self.model.training)}
        for field, kind in function.kinds().items():
            value = getattr(function, field)
            if kind is Kind.TENSORS:
                names[field] = [next(left) for _ in value]
                names |= {f"{field}{i}": t for i, t in enumerate(names[field])}
            else:
                names[field] = next(left) if isinstance(value, Shape) else self.number(value)
        return names

    def number(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self.number, value))
        return value.factor * self.batch if isinstance(value, Batch) else value


def _listed(result: Any) -> list[Tensor]:
    if isinstance(result, dict):
        return list(result.values())
    return list(result) if isinstance(result, tuple | list) else [result]


@contextmanager
def counted() -> Iterator[FlopCounterMode]:
    # Recurrent layers have a kernel of their own on a CPU, which the counter does not see.
    torch._C._set_mkldnn_enabled(False)
    try:
        with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
            yield counter
    finally:
        torch._C._set_mkldnn_enabled(True)


@contextmanager
def plain_attention() -> Iterator[None]:
    """torch's fused path for attention in evaluation is not what its counter counts, and rounds otherwise."""
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(True)


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    """Equal to the bit; what is not a number equals itself."""
    pairs = list(zip(one, other, strict=True))
    return all(a.dtype == b.dtype and a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=0, equal_nan=True) for a, b in pairs)


def run(model: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """What a model gives; inputs are copied, since an operation may work in place."""
    return _listed(model(*[x.clone() for x in inputs]))


def verify(net: Network, seed: int = 0) -> nn.Module:
    """Assert that all that is known of the network holds for the module that is built."""
    model = net.build(seed=seed).eval()
    verify_tensors(net, model)
    with plain_attention():
        for batch in BATCHES:
            verify_run(net, model, batch)
        verify_costs(net, model)
        verify_source(net, model)
        torch.manual_seed(0)
        trained = run(model.train(), examples(net, 2))
        assert [tuple(t.shape) for t in trained] == [sizes(value.shape, 2) for value in values(net.graph.train)], "in training"
    return model.eval()


def verify_tensors(net: Network, model: nn.Module) -> None:
    listed = [(key, spec.shape, spec.dtype) for key, spec in keys(net.graph.root) if spec.persistent]
    state = model.state_dict()
    assert sorted(listed) == sorted((key, tuple(t.shape), str(t.dtype).removeprefix("torch.")) for key, t in state.items())
    assert [key for key, spec in keys(net.graph.root) if not spec.buffer] == [key for key, _ in model.named_parameters()]
    assert {key for key, spec in keys(net.graph.root) if spec.buffer} == {key for key, _ in model.named_buffers()}
    assert net.parameters == sum(p.numel() for p in model.parameters())
    assert all(t.isfinite().all() for t in state.values()), "a tensor was not initialised"


def verify_run(net: Network, model: nn.Module, batch: int) -> None:
    """The built forward against the graph run step by step; every child runs as often, and on the same shapes."""
    inputs = examples(net, batch)
    reference = Reference(model, batch)
    expected = reference.level(net.graph.root, "", [x.clone() for x in inputs], net.graph.eval)
    seen: dict[str, list[list[tuple[int, ...]]]] = defaultdict(list)
    paths = {path for path, _ in walk(net.graph.root)}

    def hook(path: str) -> Any:
        return lambda module, given, result: seen[path].append([tuple(t.shape) for t in _listed(result) if isinstance(t, Tensor)])

    handles = [module.register_forward_hook(hook(path)) for path, module in model.named_modules() if path in paths]
    results = run(model, inputs)
    for handle in handles:
        handle.remove()
    assert same(results, expected), "the built forward gives other numbers than the graph"
    assert seen.keys() == reference.shapes.keys(), "other children run"
    for path, wanted in reference.shapes.items():
        assert [shapes[: len(wanted[0])] for shapes in seen[path]] == wanted, path


def verify_costs(net: Network, model: nn.Module) -> None:
    inputs = examples(net, 1)
    with counted() as counter:
        run(model, inputs)
    assert net.macs * 2 == counter.get_total_flops(), f"{net.macs} MACs, torch counts {counter.get_total_flops() / 2}"
    reference = Reference(model, 1)
    reference.level(net.graph.root, "", inputs, net.graph.eval)
    assert costs(net.graph).total.activation_bytes == reference.bytes


def verify_source(net: Network, model: nn.Module) -> None:
    names: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(net.to_python(), "<emitted>", "exec"), names)
    emitted = names[type(model).__name__]().eval()
    assert list(emitted.state_dict()) == list(model.state_dict())
    assert agree(model, emitted, net)


def agree(model: nn.Module, other: nn.Module, net: Network) -> bool:
    """Whether two models give the same bits once one has the tensors of the other."""
    other.load_state_dict(model.state_dict(), strict=True)
    inputs = examples(net, 2)
    return same(run(model.eval(), inputs), run(other.eval(), inputs))
