"""Every spec in specs/ against torchvision's model of its name, against timm's, or against a network written by hand."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch
import torchvision
import yaml
from references import MODELS
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.regnet import BlockParams

import archdsl
from archdsl.network import Network

SPECS = Path(__file__).parent.parent / "specs"
FILES = {path.stem: path for path in sorted(SPECS.glob("*.yaml"))}
FAMILIES = sorted((SPECS / "family").glob("*.yaml"))

RECORD = SPECS.parent / "docs" / "zoo_check.json"
"""what `make zoo` measured last, which docs/zoo.md shows"""

SMALL = {
    "googlenet": 64,
    "inception_v3": 299,
    "fpn_resnet50": 75,
    "unet": 50,
    "attention_unet": 32,
    "unet_plus_plus": 32,
    "yolov8n": 64,
    "pixelcnn": 8,
    "deeplabv3_resnet50": 65,
    "r2plus1d_18": 32,
    "vovnet39": 96,
    "xception": 96,
}
"""sides of the images that networks by hand are run on which take any; torchvision's take 64, the others their own"""
LARGE = 40_000_000
"""parameters beyond which memory and time count"""
ZOO = bool(os.environ.get("ARCHDSL_ZOO"))
SPECIAL = {"resnet50", "resnext50_32x4d", "vgg11_bn", "efficientnet_v2_s", "regnet_x_400mf", "swin_v2_t"}
"""members of families that are built otherwise than the smallest"""


def _compared() -> list[str]:
    """The networks that are run: all for `make zoo`, else those beyond torchvision, of torchvision's families the smallest, and what adds
    something to it."""
    specs = {name: yaml.safe_load(path.read_text()) for name, path in FILES.items()}
    if ZOO:
        return list(specs)
    specs = {name: spec for name, spec in specs.items() if name not in MODELS}
    smallest: dict[str, str] = {}
    for name, spec in sorted(specs.items(), key=lambda entry: entry[1].get("expect", {}).get("params", 0)):
        smallest.setdefault(spec.get("extends", name), name)
    return sorted({*smallest.values(), *SPECIAL, *MODELS})


COMPARED = _compared()


@cache
def network(name: str) -> Network:
    return archdsl.load(FILES[name])


def reference(name: str) -> nn.Module:
    if name in MODELS:
        return MODELS[name]()
    make = getattr(torchvision.models, name)
    return make(weights=None, **({"init_weights": True} if name in ("googlenet", "inception_v3") else {}))


def meta(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"), patch.object(BlockParams, "from_init_params", partial(_on_cpu, BlockParams.from_init_params)):
        return make()


def _on_cpu(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """torchvision computes the widths of RegNets with tensors, which hold nothing on the meta device."""
    with torch.device("cpu"):
        return make(*args, **kwargs)


def inputs(name: str, batch: int = 2) -> list[Tensor]:
    """Random examples, of a small size where the network takes any."""
    net = network(name)
    sizes = [shape.sizes for shape in net.graph.inputs.values()]
    if name in SMALL or (name not in MODELS and net.graph.sized is None):
        side = SMALL.get(name, 64)
        sizes = [(*size[:-2], side, side) for size in sizes]
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(batch, *size, generator=generator) for size in sizes]


def filled(name: str) -> nn.Module:
    """The reference with a random value in every tensor, also in those that start constant, so that none is mistaken for another."""
    model = meta(partial(reference, name)).to_empty(device="cpu")
    torch.manual_seed(1)
    state = model.state_dict()
    if any(key not in state for key, _ in model.named_buffers()):  # these hold what the network computes when it is made
        made = dict(reference(name).named_buffers())
        for key, buffer in model.named_buffers():
            buffer.copy_(made[key])
    for key, tensor in state.items():
        if not tensor.is_floating_point():
            tensor.random_(4)
        elif tensor.ndim > 1:
            nn.init.uniform_(tensor, -1, 1).mul_((2 / tensor[0].numel()) ** 0.5)
        else:
            nn.init.uniform_(tensor, *((0.5, 1.5) if key.endswith(("running_var", "weight")) else (-0.2, 0.2)))
    return model


def tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return list(value.values()) if isinstance(value, dict) else list(value)


def signature(state: dict[str, Tensor]) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    return {key: (tuple(tensor.shape), tensor.dtype) for key, tensor in state.items()}


def origins(model: nn.Module) -> str:
    """The packages that a reference and its parts are of, beside torch; `references` is what the tests write by hand."""
    packages = (type(part).__module__.split(".")[0] for part in model.modules())
    return ", ".join(dict.fromkeys(package for package in packages if package != "torch"))


def difference(mine: Tensor, other: Tensor) -> float:
    """The largest difference of any two values, in double precision."""
    return float((mine.double() - other.double()).abs().max())


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, dict[str, Any]]]:
    """What the tests find for each network; `make zoo` writes it, where all networks were looked at in this process."""
    rows: dict[str, dict[str, Any]] = {name: {} for name in FILES}
    yield rows
    if not ZOO or not all("equal" in row and "input" in row for row in rows.values()):
        return
    versions = {"Python": ".".join(map(str, sys.version_info[:3])), **{name: version(name) for name in ("torch", "torchvision", "timm")}}
    record = {"date": f"{date.today()}", "versions": versions, "networks": rows}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_keys_shapes_and_types_are_those_of_the_reference(name: str, measured: dict[str, dict[str, Any]]) -> None:
    other = meta(partial(reference, name))
    ours = signature(network(name).build(device="meta").state_dict())
    theirs = signature(other.state_dict())
    parameters = sum(p.numel() for p in other.parameters())
    equal = len(ours.items() & theirs.items())
    measured[name] |= {"against": origins(other), "parameters": parameters}
    measured[name] |= {"keys": len(ours.keys() | theirs.keys()), "equal": equal}
    assert ours == theirs
    assert parameters == network(name).parameters


@pytest.mark.parametrize("name", COMPARED)
def test_outputs_are_those_of_the_reference(name: str, measured: dict[str, dict[str, Any]]) -> None:
    examples = inputs(name)
    measured[name] |= {"input": " and ".join("×".join(map(str, example.shape)) for example in examples), "difference": None}
    theirs = filled(name).eval()
    ours = network(name).build(seed=0).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    state = ours.state_dict()
    state._metadata = theirs.state_dict()._metadata  # the versions of torchvision's classes, which MNASNet asks for
    theirs.load_state_dict(state, strict=True)
    with torch.inference_mode():
        pairs = list(zip(tensors(ours(*examples)), tensors(theirs(*examples)), strict=True))
    measured[name]["difference"] = max(difference(mine, other) for mine, other in pairs)
    for mine, other in pairs:
        assert torch.equal(mine, other)
        assert mine.std() > 0


@pytest.mark.parametrize("name", COMPARED)
def test_multiplications_are_half_of_what_torch_counts(name: str) -> None:
    net = network(name)
    model = meta(partial(reference, name)).eval()
    with torch.device("meta"):
        examples = [torch.empty(1, *shape.sizes) for shape in net.graph.inputs.values()]
        with FlopCounterMode(display=False) as counter:
            model(*examples)
    assert net.macs * 2 == counter.get_total_flops()


@pytest.mark.parametrize("name", COMPARED)
def test_gradients_are_those_of_the_reference(name: str) -> None:
    if network(name).parameters > LARGE:
        pytest.skip("the larger members of a family differ only in numbers")
    theirs = filled(name)
    ours = network(name).build(seed=0)
    ours.load_state_dict(theirs.state_dict())
    examples = inputs(name)
    for model in (ours, theirs):
        torch.manual_seed(3)
        sum(out.square().mean() for out in tensors(model(*examples))).backward()
    theirs_by_key = dict(theirs.named_parameters())
    for key, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter.grad, theirs_by_key[key].grad, rtol=1e-4, atol=1e-6)


def test_torchvisions_models_take_thirteen_lines_each() -> None:
    """On average, with the families that they extend, without comments."""
    names = torchvision.models.list_models(module=torchvision.models)
    files = {FILES[name] for name in names}
    found = [yaml.safe_load(path.read_text()).get("extends") for path in files]
    files |= {SPECS / family for family in found if family}
    lines = [line.strip() for path in files for line in path.read_text().splitlines()]
    assert len(names) == 80
    assert sum(bool(line) and not line.startswith("#") for line in lines) <= 13 * len(names)


@pytest.mark.parametrize("name", [n for n in COMPARED if n not in MODELS and hasattr(torchvision.models, n)])
def test_first_values_are_drawn_as_torchvision_draws_them(name: str) -> None:
    if network(name).parameters > LARGE and not ZOO and name not in ("alexnet", "vgg11_bn"):
        pytest.skip("the larger members of a family differ only in numbers")
    torch.manual_seed(0)
    theirs_by_key = reference(name).state_dict()
    ours = network(name).build(seed=0)
    for key, tensor in ours.state_dict().items():
        other = theirs_by_key[key]
        if tensor.numel() < 2 or not tensor.is_floating_point():
            assert torch.equal(tensor, other), key
            continue
        assert (tensor.std() == 0) == (other.std() == 0), key
        if other.std() == 0:
            assert torch.equal(tensor, other), key
        elif other.numel() > 1000:
            assert float(tensor.std() / other.std()) == pytest.approx(1, rel=0.12), key
            assert float(tensor.abs().max() / other.abs().max()) == pytest.approx(1, rel=0.45 if other.numel() > 10_000 else 0.8), key


@pytest.mark.parametrize("name", FILES)
def test_published_figures_hold(name: str) -> None:
    expected = yaml.safe_load(FILES[name].read_text()).get("expect", {})
    net = network(name)
    if "params" in expected:
        assert net.parameters == expected["params"]
    if "macs" in expected:
        assert f"{net.macs / 1e9:.3f}" == f"{float(expected['macs']) / 1e9:.3f}"


@pytest.mark.parametrize("path", [*(FILES[name] for name in COMPARED), *FAMILIES], ids=lambda path: path.stem)
def test_specs_are_checked_without_a_fault(path: Path) -> None:
    assert [str(found) for found in archdsl.check(path, root=SPECS) if found.severity != "note"] == []


def test_auxiliary_classifiers_speak_while_training() -> None:
    ours, theirs = network("googlenet").build(seed=0).train(), reference("googlenet").train()
    ours.load_state_dict(theirs.state_dict())
    (image,) = inputs("googlenet")
    results = []
    for model in (ours, theirs):
        torch.manual_seed(5)
        results.append(model(image))
    mine, other = results
    assert list(mine) == ["logits", "aux_logits2", "aux_logits1"]
    for key in mine:
        assert torch.equal(mine[key], getattr(other, key))


@pytest.mark.parametrize("transform", [False, True])
def test_googlenet_without_auxiliaries(transform: bool) -> None:
    theirs = torchvision.models.googlenet(weights=None, init_weights=False, aux_logits=False, transform_input=transform).eval()
    net = archdsl.load(FILES["googlenet"], aux=False, transform_input=transform)
    assert net.parameters == 6624904
    ours = net.build(seed=0).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    (image,) = inputs("googlenet")
    with torch.inference_mode():
        assert torch.equal(ours(image), theirs(image))


def constant(model: nn.Module) -> dict[str, Tensor]:
    """Masks and indices: the buffers that no training changes."""
    counted = ("running_mean", "running_var", "num_batches_tracked")
    return {key: tensor for key, tensor in model.named_buffers() if not key.endswith(counted)}


@pytest.mark.parametrize("name", [name for name in COMPARED if name in MODELS])
def test_masks_and_indices_are_those_of_the_reference(name: str) -> None:
    if not constant(meta(partial(reference, name))):
        return
    theirs, ours = constant(reference(name)), constant(network(name).build(seed=0))
    assert theirs.keys() == ours.keys()
    for key, tensor in ours.items():
        assert torch.equal(tensor, theirs[key]), key
