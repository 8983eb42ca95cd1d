"""Graphs made by hand, so that facts and drawings of graphs are tested without the language."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics import Source, Span
from archdsl.functions.base import Function
from archdsl.functions.merge import Add, Concat
from archdsl.graph import Call, Graph, Level, Module, Value
from archdsl.ops.activation import Relu
from archdsl.ops.base import Op
from archdsl.ops.conv import Conv, ConvTranspose
from archdsl.ops.linear import Linear
from archdsl.ops.norm import BatchNorm
from archdsl.ops.pool import GlobalAvgPool, MaxPool
from archdsl.ops.shape import Flatten
from archdsl.shapes import Shape

SPAN = Span(Source("test.yaml", ""), 0, 0)


class Pen:
    """Writes one level call by call."""

    def __init__(self, *inputs: Shape, title: str = "") -> None:
        self.title = title
        self.inputs = tuple(Value(shape, f"x{i}" if i else "x") for i, shape in enumerate(inputs))
        self.children: dict[str, Module | Level] = {}
        self.calls: list[Call] = []

    @property
    def x(self) -> Value:
        return self.inputs[0]

    def op(self, op: Op, *inputs: Value, name: str | None = None) -> Value:
        shapes = tuple(v.shape for v in inputs)
        return self._child(Module(op, shapes, op.results(shapes)), op.results(shapes), inputs, name)

    def level(self, level: Level, *inputs: Value, name: str | None = None) -> Value:
        return self._child(level, tuple(v.shape for v in level.outputs), inputs, name)

    def again(self, name: str, *inputs: Value) -> Value:
        child = self.children[name]
        out = Value(inputs[0].shape, name)
        self.calls.append(Call(child, inputs, (out,), SPAN, name, reused=True))
        return out

    def function(self, function: Function, *inputs: Value) -> Value:
        result = function.infer()
        assert isinstance(result, Shape)
        out = Value(result, function.name)
        self.calls.append(Call(function, inputs, (out,), SPAN))
        return out

    def add(self, *inputs: Value) -> Value:
        return self.function(Add(tensors=tuple(v.shape for v in inputs)), *inputs)

    def concat(self, *inputs: Value) -> Value:
        return self.function(Concat(tensors=tuple(v.shape for v in inputs)), *inputs)

    def run(self, ops: Sequence[Op], x: Value) -> Value:
        for op in ops:
            x = self.op(op, x)
        return x

    def close(self, *outputs: Value) -> Level:
        block = self.title.split()[0] if self.title else ""
        return Level(block, self.title, self.inputs, self.children, {}, tuple(self.calls), outputs, SPAN)

    def graph(self, *outputs: Value, train: dict[str, Value] | None = None, name: str = "net") -> Graph:
        level = self.close(*dict.fromkeys((*outputs, *(train or {}).values())))
        evaluated = outputs[0] if len(outputs) == 1 else outputs
        return Graph(name, level, evaluated, train or evaluated, {})

    def _child(self, child: Module | Level, shapes: tuple[Shape, ...], inputs: tuple[Value, ...], name: str | None) -> Value:
        key = str(len(self.children)) if name is None else name
        self.children[key] = child
        out = Value(shapes[0], key)
        self.calls.append(Call(child, inputs, (out,), SPAN, key))
        return out


def conv(out: int, kernel: int = 3, stride: int = 1) -> tuple[Op, Op, Op]:
    return Conv(out=out, kernel=kernel, stride=stride, bias=False), BatchNorm(), Relu()


def basic(shape: Shape, out: int, stride: int = 1) -> Level:
    """A residual block with a downsampling shortcut where it is needed."""
    pen = Pen(shape, title=f"basic {out}" + (f" stride={stride}" if stride > 1 else ""))
    x = pen.op(Conv(out=out, stride=stride, bias=False), pen.x, name="conv1")
    x = pen.op(BatchNorm(), x, name="bn1")
    x = pen.op(Relu(), x, name="relu1")
    x = pen.op(Conv(out=out, bias=False), x, name="conv2")
    x = pen.op(BatchNorm(), x, name="bn2")
    short = pen.x
    if stride > 1 or shape.channels != out:
        down = Pen(shape)
        short = pen.level(
            down.close(down.run((Conv(out=out, kernel=1, stride=stride, bias=False), BatchNorm()), down.x)), pen.x, name="downsample"
        )
    return pen.close(pen.op(Relu(), pen.add(short, x), name="relu"))


def stage(shape: Shape, out: int, count: int, stride: int = 1) -> Level:
    pen = Pen(shape)
    x = pen.x
    for i in range(count):
        x = pen.level(basic(x.shape, out, stride if i == 0 else 1), x)
    return pen.close(x)


def resnet(depths: Sequence[int] = (2, 2, 2, 2), size: int = 224, width: int = 64) -> Graph:
    """ResNet of basic blocks: `(2, 2, 2, 2)` is torchvision's resnet18."""
    pen = Pen(Shape.example(3, size, size))
    x = pen.op(Conv(out=width, kernel=7, stride=2, bias=False), pen.x, name="conv1")
    x = pen.op(BatchNorm(), x, name="bn1")
    x = pen.op(Relu(), x, name="relu")
    x = pen.op(MaxPool(kernel=3, stride=2, padding=1), x, name="maxpool")
    for i, count in enumerate(depths):
        x = pen.level(stage(x.shape, width * 2**i, count, 2 if i else 1), x, name=f"layer{i + 1}")
    x = pen.op(Flatten(), pen.op(GlobalAvgPool(), x, name="avgpool"), name="flatten")
    return pen.graph(pen.op(Linear(out=1000), x, name="fc"), name="resnet")


def unet(width: int = 8, depth: int = 3) -> Graph:
    """Down and up again, with a long skip at each size."""

    def twice(shape: Shape, out: int) -> Level:
        pen = Pen(shape, title=f"twice {out}")
        return pen.close(pen.run([*conv(out), *conv(out)], pen.x))

    pen = Pen(Shape.example(3, 64, 64))
    x, skips = pen.x, []
    for i in range(depth):
        x = pen.level(twice(x.shape, width * 2**i), x, name=f"enc{i + 1}")
        skips.append(x)
        x = pen.op(MaxPool(kernel=2), x, name=f"pool{i + 1}")
    x = pen.level(twice(x.shape, width * 2**depth), x, name="mid")
    for i in reversed(range(depth)):
        x = pen.op(ConvTranspose(out=width * 2**i, kernel=2, stride=2), x, name=f"up{i + 1}")
        x = pen.level(twice(pen.concat(skips[i], x).shape, width * 2**i), pen.calls[-1].outputs[0], name=f"dec{i + 1}")
    return pen.graph(x, name="unet")


def branches() -> Graph:
    """Four paths joined, as in GoogLeNet, and a head that runs in training only."""

    def path(shape: Shape, *ops: Op) -> Level:
        pen = Pen(shape)
        return pen.close(pen.run(ops, pen.x))

    block = Pen(Shape.example(16, 14, 14), title="mixed 4 6")
    ops = [conv(4, 1), (*conv(6, 1), *conv(8)), (*conv(2, 1), *conv(4)), (MaxPool(kernel=3, stride=1, padding=1), *conv(4, 1))]
    paths = [block.level(path(block.x.shape, *run), block.x, name=f"branch{i + 1}") for i, run in enumerate(ops)]
    pen = Pen(Shape.example(3, 28, 28))
    x = pen.op(Conv(out=16, stride=2), pen.x, name="stem")
    x = pen.level(block.close(block.concat(*paths)), x, name="mixed1")
    aux = pen.op(GlobalAvgPool(), x, name="aux")
    x = pen.op(GlobalAvgPool(), pen.op(Conv(out=10, kernel=1), x, name="head"), name="pool")
    return pen.graph(x, train={"logits": x, "aux": aux}, name="branches")
