"""Sources of data, on small files in their real formats."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets

import archdsl
from archdsl.diagnostics import Source, Span, SpecError
from archdsl.recipe import Called
from archdsl.recipe.tables import DATA, TRANSFORM
from archdsl.training.batches import Batches
from archdsl.training.data import Data, load_data
from archdsl.training.fit import misfits
from archdsl.training.parts import Held
from archdsl.training.transforms import tensor_of

GRAPH = archdsl.load("input: [1, 8, 8]\nbody: [flatten, linear 10]\n").graph
SPLIT = {"held_out": 0.2}


def call(name: str, **arguments: object) -> Called:
    return DATA.words[name].called(name, arguments)


def load(name: str, root: Path | None = None, **arguments: object) -> Data:
    return load_data(call(name, **arguments), root, GRAPH)


def refusal(loading: Callable[[], object]) -> str:
    """What is said of data that cannot be loaded, with the help."""
    with pytest.raises(SpecError) as refused:
        loading()
    return " ".join(f"{found.message} {found.help}" for found in refused.value.diagnostics)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise urllib.error.URLError(OSError(-2, "no network here"))

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


def test_digits_are_scikit_learn_s() -> None:
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    data = load("digits")
    ours = [part[index] for part in (data.train, data.test) for index in range(len(part))]
    found = Counter((tuple(image.flatten().tolist()), label) for image, label in ours)
    levels = (torch.from_numpy(theirs.data) * 255 / 16).round().long()
    assert found == Counter((tuple(image.tolist()), int(label)) for image, label in zip(levels, theirs.target, strict=True))
    assert data.classes == tuple("0123456789")


def test_every_class_is_split_alike_and_always_the_same() -> None:
    data, again = load("digits", held_out=0.25), load("digits", held_out=0.25)
    of_test = Counter(data.test[index][1] for index in range(len(data.test)))
    of_all = Counter(data.train[index][1] for index in range(len(data.train))) + of_test
    assert all(of_test[label] == round(of_all[label] * 0.25) for label in range(10))
    assert all(torch.equal(data.test[index][0], again.test[index][0]) for index in range(len(data.test)))


def test_made_images_can_be_learned_and_are_always_the_same() -> None:
    data = load("fake", count=200)
    assert (len(data.train), len(data.test), len(data.classes)) == (160, 40, 10)
    assert data.train[0][0].shape == (1, 8, 8)
    assert torch.equal(data.train[7][0], load("fake", count=200).train[7][0])
    known = [data.train[index] for index in range(160)]
    means = torch.stack([torch.stack([image.float() for image, of in known if of == label]).mean(0) for label in range(10)])
    right = [(means - image).square().sum((1, 2, 3)).argmin() == label for image, label in map(data.test.__getitem__, range(40))]
    assert sum(right) == 40


def test_made_images_of_told_shape_and_classes() -> None:
    data = load("fake", count=9, classes=3, shape=(3, 5, 7))
    assert {tuple(data.train[index][0].shape) for index in range(len(data.train))} == {(3, 5, 7)}
    assert data.classes == ("0", "1", "2")


def archive(monkeypatch: pytest.MonkeyPatch, root: Path, kind: Any, files: dict[str, dict[str, Any]]) -> None:
    """Write files of CIFAR as torchvision would have fetched them, and tell it their checksums."""
    sums = {name: hashlib.md5(pickle.dumps(content)).hexdigest() for name, content in files.items()}
    with tarfile.open(root / kind.filename, "w:gz") as tar:
        for name, content in files.items():
            packed = pickle.dumps(content)
            info = tarfile.TarInfo(f"{kind.base_folder}/{name}")
            info.size = len(packed)
            tar.addfile(info, io.BytesIO(packed))
    monkeypatch.setattr(kind, "tgz_md5", hashlib.md5((root / kind.filename).read_bytes()).hexdigest())
    for key in ("train_list", "test_list"):
        monkeypatch.setattr(kind, key, [[name, sums[name]] for name, _ in getattr(kind, key)])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": sums[kind.meta["filename"]]})


def cifar10(monkeypatch: pytest.MonkeyPatch, root: Path, count: int = 6) -> None:
    images = np.arange(count * 3072, dtype=np.uint32).reshape(count, 3072).astype(np.uint8)
    batch = {"data": images, "labels": [index % 10 for index in range(count)]}
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    classes = {"label_names": [f"class {number}" for number in range(10)]}
    archive(monkeypatch, root, datasets.CIFAR10, {**dict.fromkeys(names, batch), "batches.meta": classes})


def test_cifar10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cifar10(monkeypatch, tmp_path)
    data = load("cifar10", tmp_path)
    assert (len(data.train), len(data.test)) == (30, 6)
    assert data.classes == tuple(f"class {number}" for number in range(10))
    image, label = data.test[1]
    wanted = (torch.arange(3072) + 3072).to(torch.uint8).reshape(3, 32, 32)
    assert torch.equal(tensor_of(image), wanted)
    assert label == 1
    assert capsys.readouterr().out == ""
    assert not list(tmp_path.glob(".*"))


def test_cifar100(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = {"data": np.zeros((5, 3072), np.uint8), "fine_labels": [0, 1, 2, 3, 99], "coarse_labels": [0] * 5}
    meta = {"fine_label_names": [f"fine {number}" for number in range(100)]}
    archive(monkeypatch, tmp_path, datasets.CIFAR100, {"train": batch, "test": batch, "meta": meta})
    data = load("cifar100", tmp_path)
    assert (len(data.train), len(data.classes), data.train[4][1]) == (5, 100, 99)


def test_a_damaged_file_of_cifar10_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cifar10(monkeypatch, tmp_path)
    load("cifar10", tmp_path)
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"cut")
    path = tmp_path / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(path.read_bytes()[:100])
    said = refusal(lambda: load("cifar10", tmp_path))
    assert "is not whole below" in said
    assert "(cifar-10-batches-py/data_batch_3), and fetching it failed: no network here" in said


def idx(monkeypatch: pytest.MonkeyPatch, root: Path, kind: Any) -> None:
    """Write files of MNIST, packed as they are fetched."""
    raw = root / kind.__name__ / "raw"
    raw.mkdir(parents=True)
    resources = []
    for name, _ in kind.resources:
        images = "idx3" in name
        content = struct.pack(">HBB", 0, 8, 3 if images else 1) + struct.pack(">I", 4) + (struct.pack(">II", 28, 28) if images else b"")
        content += bytes(number % 256 for number in range(4 * 784)) if images else bytes([3, 1, 4, 1])
        (raw / name).write_bytes(gzip.compress(content))
        resources.append((name, hashlib.md5((raw / name).read_bytes()).hexdigest()))
    monkeypatch.setattr(kind, "resources", resources)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist"])
def test_mnist_and_its_like(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = getattr(datasets, DATA.words[name].target.rpartition(".")[2])
    idx(monkeypatch, tmp_path, kind)
    data = load(name, tmp_path)
    assert [data.train[index][1] for index in range(4)] == [3, 1, 4, 1]
    assert torch.equal(tensor_of(data.test[0][0]), torch.arange(784).to(torch.uint8).reshape(1, 28, 28))
    assert len(data.classes) == 10


def test_a_damaged_file_of_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    idx(monkeypatch, tmp_path, datasets.MNIST)
    load("mnist", tmp_path)
    path = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:1000])
    assert "are there and cannot be read" in refusal(lambda: load("mnist", tmp_path))


@pytest.mark.parametrize("name", [name for name, word in DATA.words.items() if word.target])
def test_what_is_not_there_and_cannot_be_fetched(name: str, tmp_path: Path) -> None:
    said = refusal(lambda: load(name, tmp_path / "sets", **({"split": "letters"} if name == "emnist" else {})))
    assert f"`{name}` is not below `{tmp_path / 'sets'}`" in said
    assert "--data-root" in said


def write(path: Path, mode: str = "RGB", size: tuple[int, int] = (8, 8), value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(value).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


def folder(path: Path, *parts: str, suffix: str = "png", count: int = 5) -> Path:
    for part in parts or ("",):
        for label, name in enumerate(("cat", "dog")):
            for number in range(count):
                write(path / part / name / f"{number}.{suffix}", value=10 * label + number)
    return path


@pytest.mark.parametrize("part", ["val", "valid", "validation", "test"])
def test_a_folder_with_both_parts(part: str, tmp_path: Path) -> None:
    folder(tmp_path / "pets", "train", part)
    data = load("image_folder", tmp_path, path="pets")
    theirs = datasets.ImageFolder(str(tmp_path / "pets" / "train"))
    assert data.classes == tuple(theirs.classes)
    assert len(data.train) == len(data.test) == 10
    for index in range(10):
        assert torch.equal(tensor_of(data.train[index][0]), tensor_of(theirs[index][0]))
        assert data.train[index][1] == theirs[index][1]


def test_a_folder_without_parts_is_split(tmp_path: Path) -> None:
    data = load("image_folder", tmp_path, path=str(folder(tmp_path / "pets", suffix="jpg")))
    assert (len(data.train), len(data.test)) == (8, 2)
    assert sorted(data.test[index][1] for index in range(2)) == [0, 1]
    assert data.warnings == ()


def test_a_folder_is_looked_for_beside_the_recipe(tmp_path: Path) -> None:
    folder(tmp_path / "specs" / "pets")
    word = DATA.words["image_folder"]
    called = word.called("image_folder", {"path": "pets"}, Span(Source(str(tmp_path / "specs" / "net.yaml"), ""), 0, 0))
    assert len(load_data(called, None, GRAPH).train) == 8


@pytest.mark.parametrize(
    ("mode", "suffix", "shape"),
    [
        ("L", "png", (1, 6, 5)), ("1", "png", (1, 6, 5)), ("RGB", "jpg", (3, 6, 5)), ("RGBA", "png", (3, 6, 5)), ("P", "png", (3, 6, 5)),
        ("LA", "png", (1, 6, 5)), ("L", "jpg", (1, 6, 5)), ("RGB", "bmp", (3, 6, 5)), ("RGB", "webp", (3, 6, 5)),
        ("RGB", "tiff", (3, 6, 5)), ("P", "gif", (3, 6, 5)), ("L", "pgm", (1, 6, 5)),
        ("CMYK", "jpg", (3, 6, 5)),
    ],
)  # fmt: skip
def test_images_of_all_modes(mode: str, suffix: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    """Grey has one channel, all else three; transparency is left out."""
    with Image.open(write(tmp_path / f"one.{suffix}", mode, (5, 6))) as image:
        found = tensor_of(image)
    assert (found.shape, found.dtype) == (shape, torch.uint8)


def test_grey_of_16_bits_keeps_its_brightness(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 65535, 32768]], dtype=np.uint16)).save(tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as image:
        (batch,) = Batches([(image, 0)], (), batch_size=1, seed=0, train=False, device="cpu").epoch(0)
    torch.testing.assert_close(batch.images, torch.tensor([[[[0.0, 1.0, 0.5]]]]), atol=1e-4, rtol=0)


def damage(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    cut = {"cut": whole[: len(whole) // 2], "empty": b"", "text": b"<html>404</html>", "head": whole[:20], "zeros": bytes(len(whole))}
    path.write_bytes(cut.get(kind, b""))
    if kind == "bits":
        at = whole.index(b"IDAT") + 40
        path.write_bytes(whole[:at] + bytes(255 - byte for byte in whole[at : at + 20]) + whole[at + 20 :])
    if kind == "gone":
        path.unlink()


@pytest.mark.parametrize("kind", ["cut", "empty", "text", "head", "zeros", "gone", "bits"])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("workers", [0, 1])
def test_damaged_images_are_named_and_left_out(kind: str, suffix: str, workers: int, tmp_path: Path) -> None:
    if kind == "bits" and suffix == "jpg":
        pytest.skip("a JPEG with other bits is another image")
    data = load("image_folder", tmp_path, path=str(folder(tmp_path / "pets", "train", "val", suffix=suffix)))
    path = tmp_path / "pets" / "train" / "cat" / f"2.{suffix}"
    damage(path, kind)
    batches = Batches(data.train, (), batch_size=4, seed=0, train=False, device="cpu", workers=workers, shape=(3, 8, 8), classes=2)
    assert [index for batch in batches.epoch(0) for index in batch.indices] == [0, 1, *range(3, 10)]
    assert list(batches.unreadable) == [str(path)]
    assert all(batches.unreadable.values())


def test_a_grey_image_among_coloured_ones(tmp_path: Path) -> None:
    """Nobody makes three channels of it silently; `rgb` does."""
    data = load("image_folder", tmp_path, path=str(folder(tmp_path / "pets", "train", "val")))
    grey = write(tmp_path / "pets" / "train" / "dog" / "3.png", "L")
    options: dict[str, Any] = {"batch_size": 10, "seed": 0, "train": False, "device": "cpu", "shape": (3, 8, 8)}
    plain = Batches(data.train, (), **options)
    (batch,) = plain.epoch(0)
    assert (len(batch.labels), plain.unreadable) == (9, {str(grey): "is 1×8×8 after the transforms, and not 3×8×8"})
    coloured = Batches(data.train, (TRANSFORM.words["rgb"].called("rgb", {}),), **options)
    (batch,) = coloured.epoch(0)
    assert (len(batch.labels), coloured.unreadable) == (10, {})


def test_what_is_left_out_of_a_folder_is_told(tmp_path: Path) -> None:
    folder(tmp_path / "pets")
    (tmp_path / "pets" / "cat" / "notes.txt").write_text("none")
    (tmp_path / "pets" / "cat" / ".DS_Store").write_text("none")
    (tmp_path / "pets" / "eel").mkdir()
    data = load("image_folder", tmp_path, path="pets")
    assert [found.message.removeprefix(f"`{tmp_path}/") for found in data.warnings] == [
        "pets` has no images of `eel`",
        f"1 files below `{tmp_path}/pets` are left out for their suffix: 1 of .txt",
    ]


def test_nothing_starts_with_data_that_do_not_fit() -> None:
    part = Held(torch.zeros(4, 3, 8, 8), torch.zeros(4).long())
    data = Data("squares", part, part, ("a",))
    options: dict[str, Any] = {"batch_size": 2, "seed": 0, "device": "cpu", "shape": (1, 8, 8), "classes": 10, "cache": "device"}
    both = [Batches(part, (), train=train, **options) for part, train in ((data.train, True), (data.test, False))]
    (found,) = misfits(data, call("digits"), both[0], both[1], GRAPH)
    assert found.message == "`squares` has images of 3×8×8 and 1 class; the network takes 1×8×8 and gives 10 numbers"
