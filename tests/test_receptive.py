"""The theoretical receptive field against the gradient of one output position with respect to the input, in torch."""

from __future__ import annotations

import pytest
import torch
from graphs import Pen, conv
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from archdsl.analyses.receptive import receptive
from archdsl.ops.activation import Relu
from archdsl.ops.conv import Conv, ConvTranspose
from archdsl.ops.linear import Linear
from archdsl.ops.pool import AvgPool, GlobalAvgPool
from archdsl.ops.shape import Flatten
from archdsl.shapes import Shape

SIZE = 160
Window = tuple[int, int, int]

windows = st.tuples(st.sampled_from((1, 2, 3, 5)), st.integers(1, 2), st.integers(1, 2))
"""kernel, stride, dilation"""


def seen(net: nn.Module, x: torch.Tensor) -> tuple[int, ...]:
    """Extent of the input that the middle of the output depends on."""
    x.requires_grad_()
    y = net(x)
    y[(0, 0, *(n // 2 for n in y.shape[2:]))].backward()
    assert x.grad is not None
    where = x.grad[0].abs().sum(0).nonzero()
    return tuple((where.max(0).values - where.min(0).values + 1).tolist())


def positive(net: nn.Module) -> nn.Module:
    """No path may cancel another."""
    for parameter in net.parameters():
        nn.init.constant_(parameter, 0.1)
    return net.double()


@settings(max_examples=25, deadline=None)
@given(st.lists(windows, min_size=1, max_size=4), st.booleans())
def test_chain_of_windows(chain: list[Window], pool: bool) -> None:
    pen, layers = Pen(Shape.example(1, SIZE)), []
    x = pen.x
    for kernel, stride, dilation in chain:
        x = pen.op(Conv(out=1, kernel=kernel, stride=stride, dilation=dilation, padding=0), x)
        layers.append(nn.Conv1d(1, 1, kernel, stride, dilation=dilation))
    if pool:
        x = pen.op(AvgPool(kernel=3, stride=2), pen.op(Relu(), x))
        layers += [nn.ReLU(), nn.AvgPool1d(3, 2)]
    field = receptive(pen.graph(x))[x]
    assert field is not None
    assert tuple(map(int, field.sizes)) == seen(positive(nn.Sequential(*layers)), torch.ones(1, 1, SIZE, dtype=torch.double))


def test_axes_apart_and_branches() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (
                nn.Conv2d(1, 1, (1, 7), padding=(0, 3)),
                nn.Conv2d(1, 1, 3, padding=1),
                nn.Conv2d(1, 1, 3, 2, padding=1),
            )

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.c(self.a(x) + self.b(x) + x)
            return y

    pen = Pen(Shape.example(1, 40, 40))
    both = pen.add(pen.op(Conv(out=1, kernel=(1, 7)), pen.x), pen.op(Conv(out=1), pen.x), pen.x)
    y = pen.op(Conv(out=1, stride=2), both)
    field = receptive(pen.graph(y))[y]
    assert str(field) == "5×9"
    assert seen(positive(Net()), torch.ones(1, 1, 40, 40, dtype=torch.double)) == (5, 9)


def test_enlarging_sees_no_more_than_the_small_tensor() -> None:
    pen = Pen(Shape.example(1, 32, 32))
    small = pen.op(Conv(out=1, stride=2), pen.x)
    y = pen.op(Conv(out=1), pen.op(ConvTranspose(out=1, kernel=2, stride=2), small))
    net = positive(nn.Sequential(nn.Conv2d(1, 1, 3, 2, 1), nn.ConvTranspose2d(1, 1, 2, 2), nn.Conv2d(1, 1, 3, padding=1)))
    field = receptive(pen.graph(y))[y]
    assert field is not None
    assert seen(net, torch.ones(1, 1, 32, 32, dtype=torch.double)) == tuple(map(int, field.sizes))


@pytest.mark.parametrize("tail", [(GlobalAvgPool(),), (Flatten(), Linear(out=2))])
def test_the_whole_input(tail: tuple[Relu, ...]) -> None:
    pen = Pen(Shape.example(3, 16, 16))
    x = pen.run([*conv(4), *tail], pen.x)
    assert receptive(pen.graph(x))[x] is None
