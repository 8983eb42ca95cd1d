"""Modules that torch lacks: what they compute, and that torch can compile, export and trace them."""

from __future__ import annotations

import math

import pytest
import torch
import torchvision
from opcalls import module, operation, tensor
from torch import nn

from archdsl.runtime.channel_layer_norm import ChannelLayerNorm
from archdsl.runtime.permute import Permute
from archdsl.runtime.stochastic_depth import StochasticDepth
from archdsl.runtime.stochastic_pool import StochasticPool
from archdsl.shapes import Shape

CALLS = [
    ("stochastic_pool 2", (3, 8, 8)),
    ("stochastic_pool 3 2 padding=1 ceil_mode=true", (3, 8, 8)),
    ("stochastic_depth 0.3", (3, 8, 8)),
    ("layer_norm axis=channels", (3, 8, 8)),
    ("permute [0, 2, 3, 1]", (3, 8, 8)),
    ('rearrange "b c (h p) (w q) -> b (h w) (p q c)" p=4 q=4', (3, 8, 8)),
    ("reduce max [2, 3] keep=true", (3, 8, 8)),
    ("split [1, 2]", (3, 8, 8)),
    ("split 2 dim=2", (3, 8, 8)),
    ("pad [1, 2, 3, 0] mode=reflect", (3, 8, 8)),
    ("pad size=12", (3, 8, 8)),
    ("crop 1", (3, 8, 8)),
    ("crop size=5", (3, 8, 8)),
]


def made(call: str, sizes: tuple[int, ...]) -> tuple[nn.Module, torch.Tensor]:
    x = Shape.example(*sizes)
    return module(operation(call).module((x,))), tensor(x, 4)


def same(found: object, wanted: object) -> None:
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(("call", "sizes"), CALLS, ids=lambda v: v if isinstance(v, str) else "")
def test_exports_with_a_free_batch(call: str, sizes: tuple[int, ...]) -> None:
    net, x = made(call, sizes)
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(net.eval(), (x,), dynamic_shapes=({0: batch},))
    more = torch.cat([x, x])
    same(program.module()(more), net(more))


@pytest.mark.parametrize(("call", "sizes"), CALLS, ids=lambda v: v if isinstance(v, str) else "")
@pytest.mark.parametrize("training", [True, False])
def test_compiles_as_one_graph(call: str, sizes: tuple[int, ...], training: bool) -> None:
    net, x = made(call, sizes)
    net.train(training)
    torch.compiler.reset()
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
    torch.manual_seed(1)
    found = compiled(x)
    torch.manual_seed(1)
    same(found, net(x))


@pytest.mark.parametrize(("call", "sizes"), [c for c in CALLS if "ceil" not in c[0]], ids=lambda v: v if isinstance(v, str) else "")
def test_traces(call: str, sizes: tuple[int, ...]) -> None:
    net, x = made(call, sizes)
    same(torch.fx.symbolic_trace(net.eval())(x), net(x))


def test_as_torchvision_has_them() -> None:
    x = torch.randn(4, 6, 5, 7)
    theirs, ours = torchvision.models.convnext.LayerNorm2d(6, eps=1e-6), ChannelLayerNorm(6, eps=1e-6)
    ours.load_state_dict(theirs.state_dict())
    assert ours(x).equal(theirs(x))
    assert Permute((0, 2, 3, 1))(x).equal(torchvision.ops.Permute([0, 2, 3, 1])(x))
    for mode in ("row", "batch"):
        torch.manual_seed(0)
        found = StochasticDepth(0.4, mode)(x)
        torch.manual_seed(0)
        assert found.equal(torchvision.ops.StochasticDepth(0.4, mode)(x))


def test_stochastic_pool_draws_by_size() -> None:
    """Frequencies of the drawn positions against the probabilities, by the chi-squared statistic."""
    torch.manual_seed(0)
    window = torch.tensor([0.0, 1.0, -2.0, 3.0, 4.0, 2.0])
    draws = 20_000
    drawn = StochasticPool((6,))(window.expand(1, draws, 6)).flatten()
    statistic = 0.0
    for value, share in ((1.0, 0.1), (2.0, 0.2), (3.0, 0.3), (4.0, 0.4)):
        count = (drawn == value).sum().item()
        statistic += (count - share * draws) ** 2 / (share * draws)
    assert set(drawn.unique().tolist()) == {1.0, 2.0, 3.0, 4.0}
    assert statistic < 21.1  # 3 degrees of freedom: passed by 1 in 10,000


def test_stochastic_pool_evaluates_to_the_weighted_mean() -> None:
    x = torch.tensor([1.0, 3.0, -5.0, 0.0]).reshape(1, 1, 2, 2)
    assert StochasticPool((2, 2)).eval()(x).item() == pytest.approx((1 + 9) / 4)


def test_stochastic_pool_draws_the_mean_on_average() -> None:
    torch.manual_seed(0)
    x = torch.rand(1, 2, 4, 4, 4)
    pool = StochasticPool((2, 2, 2), padding=(1, 1, 1))
    draws = torch.stack([pool(x) for _ in range(3000)])
    error = draws.std(0) / math.sqrt(3000)
    assert ((draws.mean(0) - pool.eval()(x)).abs() < 5 * error + 1e-6).all()


@pytest.mark.parametrize("training", [True, False])
def test_stochastic_pool_of_nothing_is_zero(training: bool) -> None:
    x = -torch.rand(2, 3, 5, 5)
    x.requires_grad_()
    y = StochasticPool((3, 3), stride=(2, 2), padding=(1, 1), ceil_mode=True).train(training)(x)
    y.sum().backward()
    assert y.eq(0).all()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_stochastic_pool_sends_gradients_to_what_was_drawn() -> None:
    x = torch.rand(2, 3, 6, 6, dtype=torch.float64) + 0.1
    x.requires_grad_()
    StochasticPool((2, 2))(x).sum().backward()
    assert x.grad is not None
    assert x.grad.sum() == 2 * 3 * 9
    assert set(x.grad.unique().tolist()) == {0.0, 1.0}
    assert torch.autograd.gradcheck(StochasticPool((2, 2)).eval(), x)


def test_pads_and_crops_to_the_middle() -> None:
    x = torch.arange(5.0).reshape(1, 1, 5)
    assert made("pad size=8", (1, 5))[0](x).flatten().tolist() == [0, 0, 1, 2, 3, 4, 0, 0]
    assert made("crop size=2", (1, 5))[0](x).flatten().tolist() == [1, 2]
