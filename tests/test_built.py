"""Built modules behave as modules written by hand do: they copy, pickle, compile, export, hook, and get every first value once."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist

import nets
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor

import archdsl
from archdsl.backends.torch.initial import CONSTANTS, ELEMENTWISE, PIECE, WHOLE, initialise
from archdsl.backends.torch.source import rebuild
from archdsl.codegen import Entry
from archdsl.codegen.allow import NotAllowed
from archdsl.ops.base import Init, TensorSpec

TRACED = [name for name in nets.NETS if name != "keywords"]
"""torch.fx writes `self.class` for a child called `class`, whoever made it"""
ONE_TENSOR = [name for name in TRACED if name not in ("modes", "inputs", "taps", "runtime")]


def same(one: object, other: object) -> bool:
    return all(torch.equal(a, b) for a, b in zip(nets.tensors(one), nets.tensors(other), strict=True))


def state(model: nn.Module) -> dict[str, Tensor]:
    return dict([*model.named_parameters(), *model.named_buffers()])


@pytest.fixture
def nan_filled() -> Iterator[None]:
    """Memory that torch allocates holds NaN until it is written."""
    torch.use_deterministic_algorithms(True)
    assert torch.empty(3).isnan().all()
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("name", nets.NETS)
def test_every_tensor_is_written(name: str, nan_filled: None) -> None:
    for key, tensor in state(nets.load(name).build(seed=0)).items():
        assert not tensor.isnan().any(), key
        assert tensor.dtype != torch.int64 or tensor.abs().max() < 1000, key


@pytest.mark.parametrize("name", nets.NETS)
def test_a_seed_gives_the_same_numbers_and_leaves_the_generator_alone(name: str) -> None:
    network = nets.load(name)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one, other, third = (state(network.build(seed=seed)) for seed in (5, 5, 6))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(tensor, other[key]) for key, tensor in one.items())
    assert name == "windows" or any(not torch.equal(tensor, third[key]) for key, tensor in one.items())


def test_without_a_seed_torchs_generator_decides() -> None:
    network = nets.load("residual")
    torch.manual_seed(7)
    one, other = network.build(), network.build()
    torch.manual_seed(7)
    again = network.build()
    assert same(one.state_dict(), again.state_dict())
    assert not same(one.state_dict(), other.state_dict())


def test_the_number_of_threads_decides_nothing() -> None:
    network = archdsl.load("input: [700]\nbody: [linear 2000, linear 1000, linear 10]\n")
    threads = torch.get_num_threads()
    found = []
    for count in (1, 3):
        torch.set_num_threads(count)
        found.append(network.build(seed=1).state_dict())
    torch.set_num_threads(threads)
    assert same(*found)
    flat = found[0]["0.weight"].flatten()
    assert not torch.equal(flat[:1000], flat[PIECE : PIECE + 1000])


@pytest.mark.parametrize("name", nets.NETS)
def test_it_copies_and_pickles(name: str) -> None:
    network = nets.load(name)
    model = network.build(seed=0).eval()
    model.extra = {"note": 1}  # type: ignore[assignment]
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert type(other) is type(model)
        assert other.extra == {"note": 1}
        assert same(model(*nets.inputs(network)), other(*nets.inputs(network)))
        parameter = next(other.parameters(), None)
        assert parameter is None or parameter is not next(model.parameters())


def test_a_pickle_holds_its_source_once() -> None:
    model = nets.load("residual").build(seed=0)
    assert pickle.dumps(model).count(b"class Unit(nn.Module)") == 1


def test_a_pickle_of_other_code_is_refused() -> None:
    with pytest.raises(NotAllowed):
        rebuild("import os\nos.getcwd()\n", "Net")


OTHER_PROCESS = """
import pickle, sys, torch
for model, inputs, expected in torch.load(sys.argv[1], weights_only=False):
    found = model(*inputs)
    found = [found] if isinstance(found, torch.Tensor) else list(found.values()) if isinstance(found, dict) else list(found)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
"""


def test_pickles_open_in_another_process(tmp_path: Path) -> None:
    saved = []
    for name in nets.NETS:
        network = nets.load(name)
        model = network.build(seed=0).eval()
        saved.append((model, nets.inputs(network), nets.tensors(model(*nets.inputs(network)))))
    torch.save(saved, tmp_path / "models.pt")
    done = subprocess.run([sys.executable, "-c", OTHER_PROCESS, tmp_path / "models.pt"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", nets.NETS)
def test_torch_compiles_it_as_one_graph(name: str) -> None:
    network = nets.load(name)
    model = network.build(seed=0).eval()
    torch.compiler.reset()
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    assert same(compiled(*nets.inputs(network)), model(*nets.inputs(network)))


@pytest.mark.parametrize("name", TRACED)
def test_torch_exports_it(name: str) -> None:
    network = nets.load(name)
    model = network.build(seed=0).eval()
    inputs = tuple(nets.inputs(network))
    exported = torch.export.export(model, inputs).module()
    for one, other in zip(nets.tensors(exported(*inputs)), nets.tensors(model(*inputs)), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", nets.NETS)
def test_every_module_can_be_hooked_by_its_name(name: str) -> None:
    network = nets.load(name)
    model = network.build(seed=0)
    seen: list[str] = []
    for path, module in model.named_modules():
        assert model.get_submodule(path) is module
        module.register_forward_hook(lambda *_, path=path: seen.append(path))
    model(*nets.inputs(network))
    assert "" in seen


@pytest.mark.parametrize("name", ONE_TENSOR)
def test_features_can_be_taken_out(name: str) -> None:
    network = nets.load(name)
    model = network.build(seed=0).eval()
    names = {"residual": "layer2.0.conv2", "names": "deep.b.1", "tensors": "0.0"}
    node = names.get(name, next(path for path, child in model.named_modules() if path and not list(child.children())))
    seen: list[Tensor] = []
    model.get_submodule(node).register_forward_hook(lambda module, inputs, output: seen.append(output))
    (found,) = create_feature_extractor(model, [node])(*nets.inputs(network)).values()
    seen.clear()
    model(*nets.inputs(network))
    assert torch.equal(found, seen[0])


@pytest.mark.parametrize("name", nets.NETS)
def test_types_and_devices(name: str) -> None:
    network = nets.load(name)
    half = network.build(dtype=torch.float16, seed=0).eval()
    assert {t.dtype for t in state(half).values()} <= {torch.float16, torch.int64}
    assert all(torch.equal(t, state(network.build(seed=0).half())[key]) for key, t in state(half).items())
    outputs = half(*(x.half() for x in nets.inputs(network)))
    assert all(not t.isnan().any() for t in nets.tensors(outputs))
    meta = network.build(device="meta")
    assert all(t.is_meta for t in state(meta).values())
    results = meta(*(x.to("meta") for x in nets.inputs(network)))
    assert [t.shape for t in nets.tensors(results)] == [t.shape for t in nets.tensors(network.build(seed=0)(*nets.inputs(network)))]


def test_it_trains_under_ddp(tmp_path: Path) -> None:
    network = nets.load("residual")
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        model = nn.parallel.DistributedDataParallel(network.build(seed=0))
        model(*nets.inputs(network)).sum().backward()
        assert all(p.grad is not None for p in model.parameters())
    finally:
        torch.distributed.destroy_process_group()


def test_a_traceback_shows_the_line() -> None:
    model = nets.load("residual").build(seed=0)
    with pytest.raises(RuntimeError) as caught:
        model(torch.rand(1, 5, 16, 16))
    assert "out = self.conv1(x)" in "".join(traceback.format_exception(caught.value))


def test_it_prints_as_a_module_does() -> None:
    text = str(nets.load("residual").build(seed=0))
    assert text.startswith("LittleResnet(\n  (layer1): Sequential(\n    (0): Unit(\n      (conv1): Conv2d(")


def drawn(init: Init, shape: tuple[int, ...] = (60, 50, 3, 3)) -> Tensor:
    model = nn.Module()
    model.weight = nn.Parameter(torch.full(shape, torch.nan))
    initialise(model, [Entry("weight", TensorSpec("weight", shape, init), init)], 3)
    return model.weight.detach()


@pytest.mark.parametrize("name", sorted({*CONSTANTS, *ELEMENTWISE, *WHOLE} - {"constant", "as_made"}))
def test_initialisers_draw_as_torch_does(name: str) -> None:
    expected = torch.empty(60, 50, 3, 3)
    arguments: dict[str, float | str] = {"kaiming_normal": {"mode": "fan_out"}, "uniform": {"a": -0.3, "b": 0.1}}.get(name, {})  # type: ignore[assignment]
    if name == "kaiming_uniform":
        arguments = {"nonlinearity": "leaky_relu", "a": 5**0.5}
    getattr(nn.init, f"{name}_")(expected, **arguments)
    found = drawn(Init(name, tuple(arguments.items())))
    assert float(found.mean()) == pytest.approx(float(expected.mean()), abs=0.03 * float(expected.std()) + 1e-9)
    assert float(found.std()) == pytest.approx(float(expected.std()), rel=0.03, abs=1e-9)
    assert float(found.abs().max()) == pytest.approx(float(expected.abs().max()), rel=0.3, abs=1e-9)


@pytest.mark.parametrize(("a", "b"), [(-0.5, 2.0), (0.8, 1.5), (-2.0, 2.0), (-90.0, 90.0)])
def test_truncated_normals_follow_their_distribution(a: float, b: float) -> None:
    found = drawn(Init("trunc_normal", (("a", a), ("b", b))))
    assert a <= float(found.min()) <= float(found.max()) <= b
    normal = NormalDist()
    for quantile in (0.1, 0.5, 0.9):
        wanted = normal.inv_cdf(normal.cdf(a) + quantile * (normal.cdf(b) - normal.cdf(a)))
        assert float(found.quantile(quantile)) == pytest.approx(wanted, abs=0.05)


def test_layers_that_only_torch_knows_start_as_torch_starts_them() -> None:
    state = archdsl.build("input: [6]\nbody: [torch PReLU num_parameters=6]\n", seed=0).state_dict()
    assert torch.equal(state["0.weight"], torch.full((6,), 0.25))
