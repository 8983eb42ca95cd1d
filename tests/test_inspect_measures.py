"""What is measured inside a network, against torchvision's model, NumPy and changes of single pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision import models
from torchvision.models.feature_extraction import create_feature_extractor

import archdsl
from archdsl.inspect import statistics
from archdsl.inspect.fields import Measured, measured, placed, theory
from archdsl.inspect.gradcam import grad_cam
from archdsl.inspect.layers import chosen
from archdsl.inspect.watch import linked, outputs

SIDE, CLASSES = 64, 10


@pytest.fixture(scope="module")
def resnet() -> tuple[nn.Module, models.ResNet]:
    """Our ResNet-18 and torchvision's with the same weights, batch norms that do something."""
    ours = archdsl.load("resnet18", input=[3, SIDE, SIDE], num_classes=CLASSES).build(seed=1)
    for module in ours.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    theirs = models.resnet18(num_classes=CLASSES)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs.eval()


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


STAGES = ["conv1", "layer1.0.conv1", "layer1", "layer2", "layer3", "layer4.1.bn2", "layer4"]


def test_features_are_those_of_torchvision(resnet: tuple[nn.Module, models.ResNet], x: Tensor) -> None:
    ours, theirs = resnet
    with torch.no_grad():
        wanted = create_feature_extractor(theirs, STAGES)(x)
    found = outputs(ours, x, STAGES)
    assert list(found) == STAGES
    assert all(torch.equal(found[layer], wanted[layer]) for layer in STAGES)


def rest(model: models.ResNet, stage: int, maps: Tensor) -> Tensor:
    """The scores that follow from the maps of `layer{stage}`."""
    for layer in (model.layer1, model.layer2, model.layer3, model.layer4)[stage:]:
        maps = layer(maps)
    return model.fc(model.avgpool(maps).flatten(1))


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
@pytest.mark.parametrize("target", [0, 7])
def test_grad_cam_is_what_autograd_gives_of_the_second_half(
    resnet: tuple[nn.Module, models.ResNet], x: Tensor, stage: int, target: int
) -> None:
    """Selvaraju et al., equations 1 and 2, on torchvision's model cut in two: the maps are a leaf there."""
    ours, theirs = resnet
    layer = f"layer{stage}"
    with torch.no_grad():
        leaf = create_feature_extractor(theirs, [layer])(x)[layer].requires_grad_()
    scores = rest(theirs, stage, leaf)
    scores[0, target].backward()
    assert leaf.grad is not None
    weights = leaf.grad[0].numpy().mean((1, 2))
    cam = np.maximum(np.einsum("k,kij->ij", weights, leaf.detach()[0].numpy()), 0)
    wanted = F.interpolate(torch.from_numpy(cam)[None, None], (SIDE, SIDE), mode="bilinear", align_corners=False)[0, 0]
    found = grad_cam(ours, x, [layer], target)
    assert torch.allclose(found.maps[layer], wanted, rtol=1e-4, atol=1e-6 * float(wanted.max()))
    assert found.score == pytest.approx(float(scores[0, target].detach()), rel=1e-5)
    assert found.top == (target == int(scores.argmax()))


def test_grad_cam_before_a_pooled_linear_layer_is_cam(resnet: tuple[nn.Module, models.ResNet], x: Tensor) -> None:
    """Zhou et al. 2016: the class's weights of the last layer, over the number of positions. No gradient is taken."""
    ours, theirs = resnet
    maps = outputs(ours, x, ["layer4"])["layer4"]
    best = grad_cam(ours, x, ["layer4"]).target
    assert best == int(theirs(x).argmax())
    cam = torch.einsum("k,kij->ij", theirs.fc.weight[best], maps[0]).relu() / maps[0, 0].numel()
    wanted = F.interpolate(cam[None, None], (SIDE, SIDE), mode="bilinear", align_corners=False)[0, 0]
    assert torch.allclose(grad_cam(ours, x, ["layer4"]).maps["layer4"], wanted.detach(), rtol=1e-4, atol=1e-7)


def test_the_network_is_left_as_it_was(resnet: tuple[nn.Module, models.ResNet], x: Tensor) -> None:
    ours, _ = resnet
    before = {key: tensor.clone() for key, tensor in ours.state_dict().items()}
    ours.train()
    ours.get_submodule("bn1").eval()
    modes = [module.training for module in ours.modules()]
    grad_cam(ours, x, ["layer2"])
    measured(ours, x, "layer1")
    statistics(ours, x)
    assert [module.training for module in ours.modules()] == modes
    assert all(torch.equal(tensor, before[key]) for key, tensor in ours.state_dict().items())
    assert all(parameter.grad is None for parameter in ours.parameters())
    assert not any(module._forward_hooks for module in ours.modules())
    assert not x.requires_grad


def test_a_frozen_network_and_one_without_gradients_are_seen_too(x: Tensor) -> None:
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model.requires_grad_(False)
    with torch.no_grad():
        found = grad_cam(model, x, ["1", "2"], 3)
        assert measured(model, x.abs(), "1").box == (31, 31, 34, 34)
    assert float(found.maps["2"].max()) > 0
    # What the in-place ReLU writes over is seen as it was.
    assert float(outputs(model, x, ["1"])["1"].min()) < 0


def test_what_is_written_over_in_place_is_weighed_as_it_was(x: Tensor) -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    in_place = nn.Sequential(plain[0], nn.ReLU(inplace=True), *plain[2:])
    wanted, found = (grad_cam(model, x, ["0"], 1).maps["0"] for model in (plain, in_place))
    assert torch.equal(wanted, found)


def layers_one_by_one(model: nn.Sequential, x: Tensor) -> Iterator[np.ndarray]:
    for layer in model:
        x = layer(x)
        yield x.detach().double().numpy().copy()


def test_statistics_are_those_of_numpy() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)).eval()
    with torch.no_grad():
        model[1].bias[2:4] = -100
    images = torch.randn(20, 3, 8, 8)  # more than are run at once
    found = statistics(model, images)
    assert [row.layer for row in found] == ["0", "1", "2", "3", "4"]
    for row, values in zip(found, layers_one_by_one(model, images), strict=True):
        assert row.output == values.shape[1:]
        assert (row.mean, row.std) == pytest.approx((values.mean(), values.std()))
        assert (row.min, row.max, row.zeros) == pytest.approx((values.min(), values.max(), (values == 0).mean()))
        alive = (values != 0).reshape(len(values), values.shape[1], -1).any((0, 2))
        assert (row.channels, row.dead) == (len(alive), int((~alive).sum()))
    assert found[2].dead == 2


def test_statistics_tell_what_is_no_number() -> None:
    row = statistics(nn.Sequential(nn.ReLU()), torch.tensor([[1.0, float("nan")], [2.0, 0.0]]))[0]
    assert np.isnan([row.mean, row.min, row.max]).all()
    row = statistics(nn.Sequential(nn.ReLU()), torch.tensor([[1.0, float("inf")]]))[0]
    assert row.max == float("inf")


windows = st.tuples(st.sampled_from((1, 2, 3, 5)), st.integers(1, 2), st.integers(1, 2), st.integers(0, 2))
"""kernel, stride, dilation, padding"""


@settings(max_examples=20)
@given(st.lists(windows, min_size=1, max_size=4), st.booleans())
def test_theory_is_what_is_measured(chain: list[tuple[int, int, int, int]], pool: bool) -> None:
    """Where the image's edge cuts nothing off, and no path can cancel another."""
    body = "".join(f"  - conv 2 {k} stride={s} dilation={d} padding={min(p, k // 2)}\n  - relu\n" for k, s, d, p in chain)
    net = archdsl.load(f"input: [1, 120, 100]\nbody:\n{body}{'  - max_pool 3 stride=2' if pool else '  - avg_pool 2'}\n")
    model = net.build(seed=0).double()
    for parameter in model.parameters():
        nn.init.uniform_(parameter, 0.1, 1.0)
    image = torch.rand(1, 1, 120, 100, dtype=torch.double) + 0.1
    last = str(2 * len(chain))
    found = measured(model, image, last)
    top, left, bottom, right = found.box
    sizes = theory(net.graph, last, (120, 100))
    if pool:  # of each window the largest alone counts
        assert bottom - top <= sizes[0]
        assert right - left <= sizes[1]
    else:
        assert (bottom - top, right - left) == sizes
        assert placed(found, sizes) == found.box


def test_measured_is_what_changing_a_pixel_changes() -> None:
    """No derivative: each pixel is changed in turn."""
    net = archdsl.load("input: [1, 24, 20]\nbody: [conv 3 5 stride=2, tanh, conv 3 3 padding=0, tanh, conv 2]\n")
    model, x = net.build(seed=3).double().eval(), torch.rand(1, 1, 24, 20, dtype=torch.double)
    found = measured(model, x, "4")
    row, column = 5, 4  # the middle of 10×8
    with torch.no_grad():
        base = model(x)[0, :, row, column]
        changed = x.repeat(24 * 20, 1, 1, 1)
        changed.view(24 * 20, -1).diagonal().add_(1e-3)
        moved = (model(changed)[:, :, row, column] != base).any(1).view(24, 20)
        slopes = (model(changed)[:, :, row, column] - base).sum(1).view(24, 20).abs() / 1e-3
    places = moved.nonzero()
    assert found.box == (*places.min(0).values.tolist(), *(places.max(0).values + 1).tolist())
    assert torch.allclose(found.gradient, slopes, atol=1e-3 * float(slopes.max()))


@pytest.mark.parametrize(
    ("layer", "wanted"), [("conv1", 7), ("maxpool", 11), ("layer1", 43), ("layer2", 99), ("layer3", 211), ("layer3.0.conv1", 115)]
)
def test_a_whole_network_sees_no_more_than_theory(layer: str, wanted: int) -> None:
    """ResNet-18's fields as Araujo et al. 2019 give them for ResNets; random weights come close to them."""
    net = archdsl.load("resnet18")
    assert theory(net.graph, layer, (224, 224)) == (wanted, wanted)
    if wanted > 100:
        return
    found = measured(net.build(seed=0), torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)), layer)
    top, left, bottom, right = found.box
    assert wanted - 4 <= bottom - top <= wanted
    assert wanted - 4 <= right - left <= wanted
    box = placed(found, (wanted, wanted))
    assert box[0] <= top <= bottom <= box[2]
    inner = found.most
    assert top <= inner[0] < inner[2] <= bottom
    rows, columns = slice(inner[0], inner[2]), slice(inner[1], inner[3])
    share = float(found.gradient[rows, columns].sum() / found.gradient.sum())
    assert 0.95 <= share < (0.97 if wanted > 40 else 1.01)


def test_the_edge_cuts_the_field_and_theory_hangs_over_it() -> None:
    net = archdsl.load("input: [1, 16, 64]\nbody: [conv 2 5, conv 2 5, conv 2 5, conv 2 5, conv 2 5]\n")
    model = net.build(seed=0).double()
    found = measured(model, torch.rand(1, 1, 16, 64, dtype=torch.double), "4")
    assert theory(net.graph, "4", (16, 64)) == (21, 21)
    assert (found.box[0], found.box[2]) == (0, 16)
    assert (found.box[1], found.box[3]) == (22, 43)
    assert placed(found, (21, 21))[1::2] == (22, 43)


def test_axes_of_another_order_are_set_straight() -> None:
    """Swin's blocks give batch, height, width, channels, of which the graph tells."""
    net = archdsl.load("swin_t")
    model, x = net.build(seed=0), torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    layer, below = "features.1.0.norm1", "features.0.0"
    found = outputs(model, x, [layer, below], net.graph)
    assert [tensor.shape for tensor in found.values()] == [(1, 96, 56, 56)] * 2
    assert torch.equal(found[layer].permute(0, 2, 3, 1), outputs(model, x, [layer])[layer])
    assert {row.layer: row.channels for row in statistics(net, x, [layer, below])} == {layer: 96, below: 96}
    assert measured(model, x, layer, net.graph).box == (112, 112, 116, 116)
    last = "features.7.1.norm2"
    scores, _, runs = linked(model, x, [last])
    gradient = torch.autograd.grad(scores[0, 5], runs[last])[0]
    cam = torch.einsum("ijk,k->ij", runs[last][-1][0], gradient[0].mean((0, 1))).relu().detach()
    wanted = F.interpolate(cam[None, None], (224, 224), mode="bilinear", align_corners=False)[0, 0]
    assert torch.allclose(grad_cam(model, x, [last], 5, net.graph).maps[last], wanted, rtol=1e-4, atol=1e-6)


def test_a_layer_that_runs_again_is_seen_as_it_runs_last() -> None:
    net = archdsl.load("input: [4, 32, 32]\nbody: {conv: conv 4, act: relu, conv2: conv 4 5, last: {reuse: act}}\n")
    model, x = net.build(seed=0), torch.randn(1, 4, 32, 32, generator=torch.Generator().manual_seed(0))
    found = measured(model, x, "act", net.graph)
    assert found.theory == (7, 7)
    assert (found.box[2] - found.box[0], found.box[3] - found.box[1]) == (7, 7)


@pytest.mark.parametrize(
    ("box", "wanted"), [((0, 4, 6, 12), (-2, 4, 6, 12)), ((9, 0, 16, 20), (9, 6, 17, 14)), ((3, 5, 9, 11), (2, 4, 10, 12))]
)
def test_theory_lies_where_the_edge_does_not_cut(box: tuple[int, int, int, int], wanted: tuple[int, int, int, int]) -> None:
    """A field of 8×8 on 16×20: cut above, below (and seen over the whole width), or nowhere."""
    assert placed(Measured("conv", torch.ones(16, 20), box, box, (8, 8)), (8, 8)) == wanted


def test_what_sees_everything_sees_the_whole_image() -> None:
    net = archdsl.load("input: [3, 16, 16]\nbody: {stem: conv 4, head: {seq: [global_avg_pool, sigmoid]}}\n")
    assert theory(net.graph, "head.0", (16, 16)) == (16, 16)


def test_stars_stop_at_dots_but_two_do_not(resnet: tuple[nn.Module, models.ResNet]) -> None:
    ours, theirs = resnet
    names = [name for name, _ in theirs.named_modules() if name]
    assert chosen(ours, "layer*") == ("layer1", "layer2", "layer3", "layer4")
    assert chosen(ours, "**") == tuple(name for name, _ in ours.named_modules() if name)
    assert set(names) <= set(chosen(ours, "**"))
    assert chosen(ours, ["fc", "layer1.*", "fc"]) == ("fc", "layer1.0", "layer1.1")
    assert set(chosen(ours, "**.conv1")) == {name for name in names if name.endswith(".conv1")}
    assert chosen(nn.ModuleDict({"a+b": nn.ReLU(), "aab": nn.ReLU()}), "a+*") == ("a+b",)
