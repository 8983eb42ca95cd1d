"""Warnings on layers that are right by torch's rules and rarely what was meant."""

from __future__ import annotations

from collections.abc import Mapping

from archdsl.diagnostics import Label, Span
from archdsl.elaborate.producers import producer
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Building, Flow
from archdsl.graph import Call, Module
from archdsl.language.items import Item
from archdsl.shapes import spread

SMOOTHED = frozenset(("adaptive_avg_pool", "adaptive_max_pool"))
NORMS = frozenset(("batch_norm", "instance_norm"))
"""what takes the mean of each channel away, and a bias with it"""


def advise(run: Run, level: Building, module: Module, item: Item, inputs: Flow, places: Mapping[str, Span]) -> None:
    """Warn of one operation: what it repeats, what it skips, what its predecessor did for nothing."""
    _repeats(run, module, item)
    _skips(run, module, item)
    before = producer(level, inputs[0]) if inputs and module.op.name in NORMS | IDEMPOTENT else None
    if before is not None and isinstance(before.target, Module):
        _useless_bias(run, module, item, before, before.target)
        _twice(run, module, item, before, before.target)
    bias = places.get("bias")
    if bias is not None and bias.source is item.span.source and item.span.start <= bias.start < item.span.end:
        run.biased.add(item.span)


def _repeats(run: Run, module: Module, item: Item) -> None:
    """An adaptive pool to a larger size gives pixels several times."""
    if module.op.name not in SMOOTHED:
        return
    before, after = module.inputs[0].spatial, module.outputs[0].spatial
    larger = [f"{a} to {b}" for a, b in zip(before, after, strict=True) if b > a]
    if larger:
        message = f"`{module.op.name}` from {larger[0]} repeats pixels (torch allows it)"
        run.advise("AD3120", item.head.span, message, help="take a smaller size, or `upsample`")


def _skips(run: Run, module: Module, item: Item) -> None:
    """A stride beyond the kernel leaves out rows and columns; 1×1 convolutions do so on purpose."""
    if module.op.family not in ("conv", "pool") or module.op.name == "conv_transpose":
        return
    numbers = {name: value for name, value in module.op if name in ("kernel", "stride") and value is not None}
    if len(numbers) < 2:
        return
    axes = len(module.inputs[0].spatial)
    kernels, strides = spread(numbers["kernel"], axes), spread(numbers["stride"], axes)
    for kernel, stride in zip(kernels, strides, strict=True):
        if kernel < stride and max(kernels) > 1:
            message = (
                f"stride {stride} is larger than the kernel {kernel}: {stride - kernel} of every {stride} rows and columns are skipped"
            )
            run.advise("AD3121", item.head.span, message, help=f"write `stride={kernel}`, or a larger kernel")
            return


def _useless_bias(run: Run, module: Module, item: Item, before: Call, layer: Module) -> None:
    """A bias that was asked for, and that the norm after it takes away."""
    if module.op.name in NORMS and before.span in run.biased and dict(layer.op).get("bias") is True:
        message = f"a bias before `{module.op.name}` does nothing: the norm takes the mean away, and the bias with it"
        labels = (Label(item.head.span, "the norm"),)
        run.advise("AD3122", before.span, message, labels=labels, help="write `bias=false`")


def _twice(run: Run, module: Module, item: Item, before: Call, layer: Module) -> None:
    """The same activation on its own result."""
    if layer.op == module.op and module.op.name in IDEMPOTENT:
        labels = (Label(before.span, "the first"),)
        message = f"`{module.op.name}` twice in a row does no more than once"
        run.advise("AD3123", item.head.span, message, labels=labels, help="take one away")


IDEMPOTENT = frozenset(("relu", "relu6", "hardtanh", "threshold"))
"""activations that leave their own results as they are"""
