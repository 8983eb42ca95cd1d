"""Figures of what is inside a network: what they show, and the commands that write them."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image
from torch import nn

import archdsl
from archdsl import SpecError
from archdsl.cli import main
from archdsl.inspect import activations, features, filters, read_image, receptive, saliency
from archdsl.inspect.mosaic import save
from archdsl.inspect.watch import outputs

SPEC = """
name: small
input: [3, 24, 32]
body:
  stem: [conv 40 3, relu inplace=true]
  deep: {seq: [conv 6 3 stride=2, batch_norm, relu]}
  head: [global_avg_pool, flatten, linear 4]
"""


@pytest.fixture(scope="module")
def net() -> archdsl.Network:
    return archdsl.load(SPEC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with net.yaml and cat.png, where we are."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SPEC, encoding="utf-8")
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    Image.fromarray(pixels).save("cat.png")
    return tmp_path


def titles(figure: Figure) -> list[str]:
    return [axes.get_title() for axes in figure.axes]


def written(figure: Figure) -> list[str]:
    """The texts outside the tiles."""
    return [text.get_text() for text in figure.texts if text.get_text()]


def shown(axes: Axes) -> np.ndarray:
    (image,) = axes.images
    return np.asarray(image.get_array())


def test_maps_are_the_channels_in_a_grid(net: archdsl.Network, folder: Path) -> None:
    figure = features(net, "cat.png", "stem.0")
    assert titles(figure) == [f"channel {i}" for i in range(32)]
    assert written(figure) == ["small, untrained, seed 0 · cat.png", "stem.0", "40×24×32, the first 32"]
    wanted = outputs(net.build(seed=0), read_image("cat.png", (3, 24, 32))[None], ["stem.0"])["stem.0"][0]
    for i, axes in enumerate(figure.axes):
        assert np.array_equal(shown(axes), wanted[i].double().numpy())
        image = axes.images[0]
        assert image.get_cmap().name == "viridis"
        assert image.get_clim() == pytest.approx((float(wanted[i].min()), float(wanted[i].max())))
    places = np.array([axes.get_position().bounds for axes in figure.axes])
    assert len(np.unique(places[:, 0].round(6))) == 8
    assert len(np.unique(places[:, 1].round(6))) == 4
    # A pixel is as high as it is wide, and no tile lies on another.
    inches = places[0, 2:] * figure.get_size_inches()
    assert inches[1] / inches[0] == pytest.approx(24 / 32)
    assert places[0, 0] + places[0, 2] < places[1, 0]
    assert places[8, 1] + places[8, 3] < places[0, 1]


def test_layers_by_pattern_stand_below_each_other(net: archdsl.Network, folder: Path) -> None:
    figure = features(net, "cat.png", ["deep.*", "stem.1", "head.*"], channels=3, columns=2)
    assert titles(figure) == ["channel 0", "channel 1", "channel 2"] * 4
    assert [text for text in written(figure)[1:] if not text[0].isdigit()] == ["deep.0", "deep.1", "deep.2", "stem.1"]
    assert titles(features(net, "cat.png", "deep.0", rows=1, columns=5)) == [f"channel {i}" for i in range(5)]
    assert len(features(net, "cat.png", "deep.0").axes) == 6


def test_maps_of_other_axes() -> None:
    line = features(archdsl.load("input: [1, 50]\nbody: [conv 3 5]\n"), torch.rand(1, 50), "0")
    (curve,) = line.axes[0].lines
    assert len(np.asarray(curve.get_ydata())) == 50
    volume = features(archdsl.load("input: [1, 6, 8, 10]\nbody: [conv 3]\n"), torch.rand(1, 1, 6, 8, 10), "0")
    assert shown(volume.axes[0]).shape == (8, 10)
    assert "slice 3 of 6" in written(volume)[2]


def test_any_module_is_looked_into() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(inplace=True))
    x = torch.randn(1, 2, 8, 8)
    figure = features(model, x, "0")
    assert np.array_equal(shown(figure.axes[1]), model[0](x)[0, 1].detach().double().numpy())
    assert written(receptive(model, x, "0"))[1:] == ["0", "measured 3×3", "95% of it 3×3"]
    with pytest.raises(ValueError, match="give a tensor"):
        features(model, "cat.png", "0")


def test_tensors_that_do_not_fit_are_told(net: archdsl.Network) -> None:
    with pytest.raises(ValueError, match="the tensor is 3×8×8; 3×24×32 flows in"):
        features(net, torch.rand(3, 8, 8), "stem.0")
    with pytest.raises(ValueError, match="no images"):
        activations(net, [])
    with pytest.raises(SpecError, match="what flows in is 1×50"):
        saliency(archdsl.load("input: [1, 50]\nbody: [conv 3 5]\n"), torch.rand(1, 50))


def test_too_many_layers_for_one_figure_are_told(net: archdsl.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archdsl.inspect.mosaic.HIGHEST", 100)
    with pytest.raises(SpecError, match="inches high"):
        features(net, torch.rand(3, 24, 32), ["stem.*", "deep.*"], columns=1, channels=40)


@pytest.mark.parametrize(
    ("module", "channel", "wanted"),
    [
        (nn.Conv2d(3, 20, 5), 0, lambda w: w.transpose(0, 2, 3, 1)),
        (nn.Conv2d(1, 5, 3), 0, lambda w: w[:, 0]),
        (nn.Conv2d(4, 5, 3), 2, lambda w: w[:, 2]),
        (nn.Conv2d(8, 8, 3, groups=8), 0, lambda w: w[:, 0]),
        (nn.Conv1d(4, 5, 7), 0, lambda w: w),
        (nn.Conv3d(2, 5, 3), 1, lambda w: w[:, 1, 1]),
        (nn.ConvTranspose2d(4, 5, 3), 2, lambda w: w[2]),
        (nn.ConvTranspose2d(4, 6, 3, groups=2), 1, lambda w: np.concatenate([w[1], w[3]])),
    ],
    ids=range(8),
)
def test_kernels_are_scaled_by_the_layer(module: nn.Module, channel: int, wanted: Callable[[np.ndarray], np.ndarray]) -> None:
    weight = module.weight.detach().double().numpy()
    figure = filters(nn.Sequential(module), channel=channel)
    kernels = wanted((weight - weight.min()) / (weight.max() - weight.min()))[:16]
    assert titles(figure) == [f"kernel {i}" for i in range(len(kernels))]
    for axes, kernel in zip(figure.axes, kernels, strict=True):
        assert np.allclose(shown(axes), kernel)
        assert kernel.ndim == 3 or axes.images[0].get_cmap().name == "gray"
        assert kernel.ndim == 3 or axes.images[0].get_clim() == (0, 1)
    columns = {round(axes.get_position().x0, 6) for axes in figure.axes}
    assert len(columns) == min(4, len(kernels))


def test_the_first_convolution_unless_told(net: archdsl.Network) -> None:
    assert written(filters(net))[1:] == ["stem.0", "40 kernels 3×3×3, the first 16"]
    assert written(filters(net, "deep.0"))[1:] == ["deep.0", "6 kernels 40×3×3, input channel 0"]
    with pytest.raises(SpecError, match="`deep` is no convolution") as caught:
        filters(net, "deep")
    assert caught.value.diagnostics[0].help == "convolutions are `deep.0`"


def test_saliency_lies_over_the_image(net: archdsl.Network, folder: Path) -> None:
    figure = saliency(net, "cat.png", ["stem.0", "deep.2"], target=2)
    assert titles(figure) == ["image", "stem.0", "deep.2"]
    assert written(figure)[1] == "class 2"
    wanted = np.asarray(Image.open("cat.png")) / 255
    assert np.allclose(shown(figure.axes[0]), wanted, atol=1e-6)
    assert shown(figure.axes[1]).shape == wanted.shape
    assert not np.allclose(shown(figure.axes[1]), wanted)
    assert titles(saliency(net, "cat.png")) == ["image", "deep.2"]


def test_patterns_leave_out_what_cannot_be_shown(net: archdsl.Network, folder: Path) -> None:
    """But what is named, or found alone, is told."""
    assert titles(saliency(net, "cat.png", "*.*")) == ["image", "stem.0", "stem.1", "deep.0", "deep.1", "deep.2"]
    with pytest.raises(SpecError, match=r"`head.2` gives 4"):
        saliency(net, "cat.png", ["stem.0", "head.2"])
    with pytest.raises(SpecError, match=r"`head.0` gives 6×1×1"):
        saliency(net, "cat.png", "head.*")
    named = [text for text in written(receptive(net, "cat.png", "*.*"))[1:] if "×" not in text]
    assert named == ["stem.0", "stem.1", "deep.0", "deep.1", "deep.2", "head.0"]
    with pytest.raises(SpecError, match=r"`head.1` gives 6"):
        receptive(net, "cat.png", "head.1")


def test_what_does_not_run_is_told() -> None:
    class Other(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.unused, self.parts = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3), nn.ModuleList([nn.ReLU()])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            maps: torch.Tensor = self.parts[0](self.used(x))
            self.unused(x)
            return maps.mean((2, 3))

    x = torch.rand(1, 3, 8, 8)
    for word in (features, saliency, receptive):
        with pytest.raises(SpecError, match="`parts` does not run") as caught:
            word(Other(), x, "parts")
        assert caught.value.diagnostics[0].help == "inside it are `parts.0`"
    with pytest.raises(SpecError, match="does not depend on `unused`"):
        saliency(Other(), x, "unused")
    assert titles(saliency(Other(), x)) == ["image", "parts.0"]
    assert titles(saliency(Other(), x, "*used")) == ["image", "used"]


def test_fields_are_drawn_as_boxes(net: archdsl.Network, folder: Path) -> None:
    figure = receptive(net, "cat.png", ["stem.0", "deep.0"])
    assert written(figure)[1:] == ["stem.0", "theory 3×3", "measured 3×3", "95% of it 3×3", "deep.0", *written(figure)[6:]]
    assert written(figure)[6:8] == ["theory 5×5", "measured 5×5"]
    left, right, *_ = figure.axes
    assert np.allclose(shown(left), np.asarray(Image.open("cat.png")) / 255, atol=1e-6)
    for axes in (left, right):
        boxes = [box for box in axes.patches if isinstance(box, Rectangle)]
        assert [box.get_linestyle() for box in boxes] == ["-", "-", "--"]
        assert {(*box.get_xy(), box.get_width(), box.get_height()) for box in boxes} == {(14.5, 10.5, 3, 3)}
    assert shown(right)[11:14, 15:18].min() > 0
    assert shown(right).max() == 1


def test_a_row_for_each_layer(net: archdsl.Network, folder: Path) -> None:
    figure = activations(net, ["cat.png", "cat.png"])
    values, zeros = figure.axes
    names = [label.get_text() for label in values.get_yticklabels()]
    assert names == ["stem.0", "stem.1", "deep.0", "deep.1", "deep.2", "head.0", "head.1", "head.2"]
    assert [bar.get_width() > 20 for bar in zeros.patches] == [name in ("stem.1", "deep.2") for name in names]
    assert written(figure) == ["small, untrained, seed 0 · cat.png and 1 more"]


def test_names_are_no_formulas(folder: Path) -> None:
    Path("cat.png").rename("$x_$.png")
    figure = features(archdsl.load("name: a\ninput: [3, 8, 8]\nbody: [conv 2]\n"), "$x_$.png", "0")
    assert written(figure)[0] == "a, untrained, seed 0 · $x_$.png"
    save(figure, Path("a.svg"))


def test_the_same_figure_is_the_same_file(net: archdsl.Network, folder: Path) -> None:
    for suffix in ("svg", "png", "pdf"):
        files = [Path(f"{i}.{suffix}") for i in (1, 2)]
        for path in files:
            save(filters(net), path)
        assert files[0].read_bytes() == files[1].read_bytes()


COMMANDS = {
    "features": "--image cat.png --layer stem.*",
    "filters": "",
    "activations": "--image cat.png",
    "saliency": "--image cat.png --class 1",
    "receptive": "--image cat.png --layer deep.0",
}
BEGIN = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("word", COMMANDS)
@pytest.mark.parametrize("suffix", BEGIN)
def test_each_word_writes_each_format(folder: Path, capsys: pytest.CaptureFixture[str], word: str, suffix: str) -> None:
    before = set(folder.iterdir())
    assert main(f"inspect {word} net.yaml {COMMANDS[word]} -o out.{suffix}".split()) == 0
    assert Path(f"out.{suffix}").read_bytes().startswith(BEGIN[suffix])
    assert set(folder.iterdir()) - before == {folder / f"out.{suffix}"}
    assert capsys.readouterr().err == ""


def test_weights_are_those_of_the_file(folder: Path, net: archdsl.Network, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(net.build(seed=5).state_dict(), "w.pt")
    tables = []
    for words in ("--weights w.pt", "--seed 5", "--seed 6", ""):
        assert main(f"inspect activations net.yaml --image cat.png --format csv {words}".split()) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]
    assert len(set(tables)) == 3
    assert main(["inspect", "activations", "net.yaml", "--image", "cat.png", "--weights", "w.pt"]) == 0
    assert capsys.readouterr().out.startswith("small, weights w.pt · cat.png\n")


def test_tables_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for format in ("text", "markdown", "csv", "json"):
        assert main(f"inspect activations net.yaml --image cat.png --layer deep.* --format {format}".split()) == 0
        said[format] = capsys.readouterr().out
    rows = json.loads(said["json"])["layers"]
    assert [row["layer"] for row in rows] == ["deep.0", "deep.1", "deep.2"]
    for row, line in zip(rows, csv.DictReader(io.StringIO(said["csv"])), strict=True):
        assert line == {**{key: str(value) for key, value in row.items()}, "output": "6×12×16"}
    for format in ("text", "markdown"):
        assert all(f"{row['std']:.3g}" in said[format] for row in rows)
    assert f"{rows[2]['zeros']:.1%}" in said["text"]


@pytest.mark.parametrize("words", ["features net.yaml --image cat.png --layer stem.0 -o a.png", "filters net.yaml -o a.png"])
def test_missing_matplotlib_names_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["inspect", *words.split()]) == 2
    assert capsys.readouterr().err == "error: this needs matplotlib, which is not installed: pip install matplotlib (for pictures)\n"
    assert main(["inspect", "activations", "net.yaml", "--image", "cat.png"]) == 0, "a table needs no matplotlib"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("filters net.yaml", "say where to draw to"),
        ("filters net.yaml -o a.gif", ".png, .svg, .pdf"),
        ("filters net.yaml -o gone/a.png", "no folder `gone`"),
        ("features net.yaml --image cat.png --layer stem.0 -o a.png --mean much", "numbers are wanted"),
        ("features net.yaml --image cat.png -o a.png", "--layer"),
        ("features net.yaml --layer stem.0 -o a.png", "--image"),
        ("features net.yaml --image cat.png --layer stem.0 -o a.png --columns 0", "--columns"),
        ("look net.yaml", "look"),
    ],
)
def test_a_wrong_command_line_is_told(folder: Path, capsys: pytest.CaptureFixture[str], words: str, said: str) -> None:
    before = set(folder.iterdir())
    assert main(["inspect", *words.split()]) == 2
    assert said in capsys.readouterr().err
    assert set(folder.iterdir()) == before


def test_an_older_file_stays_where_writing_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    Path("a.png").write_bytes(b"older")
    monkeypatch.setattr(Figure, "savefig", fails)
    assert main(["inspect", "filters", "net.yaml", "-o", "a.png"]) == 3
    assert "`a.png` cannot be written: No space left on device; nothing was changed" in capsys.readouterr().err
    assert Path("a.png").read_bytes() == b"older"
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "cat.png", "net.yaml"]
