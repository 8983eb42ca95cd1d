"""`archdsl eval` and `archdsl predict`, against scikit-learn, torchvision and plain loops of torch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from sklearn import metrics
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as F

import archdsl
from archdsl.cli import main
from archdsl.training.evaluate import Scores
from archdsl.training.predict import Prediction
from archdsl.training.verdict import Verdict
from archdsl.weights import save

SPEC = """\
name: small
input: [3, 16, 16]
body: [conv 4 3, batch_norm, relu, conv 8 3 stride=2, relu, flatten, linear 7]
train:
  data: image_folder {}
  transforms: [resize 20, random_crop 16, 'normalize [0.4, 0.5, 0.6] std=[0.2, 0.3, 0.4]']
  eval_transforms: [resize 18, center_crop 16, 'normalize [0.4, 0.5, 0.6] std=[0.2, 0.3, 0.4]']
  eval_batch_size: 5
  steps: 1
"""
NAMES = ("ant", "bee", "cat", "dog", "eel", "fox", "gnu")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos in train/ and val/, a spec and weights of a network that was never trained."""
    folder = tmp_path_factory.mktemp("home")
    random = np.random.default_rng(0)
    for part, count in (("train", 1), ("val", 4)):
        for number, name in enumerate(NAMES):
            (folder / "photos" / part / name).mkdir(parents=True)
            for i in range(count + (number == 3)):
                pixels = random.integers(256, size=(24, 30 if i % 2 else 24, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / "photos" / part / name / f"{i}.png")
    (folder / "net.yaml").write_text(SPEC.format(folder / "photos"))
    save(archdsl.build(folder / "net.yaml", seed=3), folder / "net.safetensors")
    return folder


def photos(home: Path) -> list[Path]:
    return sorted((home / "photos" / "val").rglob("*.png"))


def prepared(path: Path) -> Tensor:
    """An image as the recipe's evaluation reads it, by torchvision's functions."""
    image = F.center_crop(F.resize(F.to_image(Image.open(path).convert("RGB")), [18]), [16])
    return F.normalize(F.to_dtype(image, torch.float32, scale=True), [0.4, 0.5, 0.6], [0.2, 0.3, 0.4])


@pytest.fixture(scope="module")
def outputs(home: Path) -> Tensor:
    """What the network gives for each photo, one by one."""
    model = archdsl.build(home / "net.yaml", weights=home / "net.safetensors").eval()
    with torch.no_grad():
        return torch.cat([model(prepared(path)[None]) for path in photos(home)])


@pytest.fixture(scope="module")
def labels(home: Path) -> Tensor:
    return torch.tensor([NAMES.index(path.parent.name) for path in photos(home)])


def test_scores_are_those_of_scikit_learn(home: Path, outputs: Tensor, labels: Tensor, run: Run) -> None:
    code, out, err = run("eval", home / "net.yaml", "--weights", home / "net.safetensors", "--format", "json", "--device", "cpu")
    found = json.loads(out)
    guessed = outputs.argmax(1)
    assert (code, err) == (0, "")
    assert found["examples"] == len(labels)
    assert found["loss"] == pytest.approx(nn.functional.cross_entropy(outputs, labels).item(), rel=1e-5)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(labels, guessed))
    assert found["top5"] == pytest.approx(metrics.top_k_accuracy_score(labels, outputs, k=5))
    assert found["confusion"] == metrics.confusion_matrix(labels, guessed, labels=range(7)).tolist()
    recalls = metrics.recall_score(labels, guessed, labels=range(7), average=None)
    assert [one["accuracy"] for one in found["classes"]] == pytest.approx(recalls.tolist())
    assert [one["name"] for one in found["classes"]] == list(NAMES)


def test_the_text_says_the_same(home: Path, outputs: Tensor, labels: Tensor, run: Run) -> None:
    code, out, _ = run("eval", home / "net.yaml", "--weights", home / "net.safetensors", "--pairs", 1)
    lines = out.splitlines()
    assert code == 0
    assert f"accuracy  {metrics.accuracy_score(labels, outputs.argmax(1)):.2%}" in lines
    assert sum(line.split()[0] in NAMES for line in lines if line) == len(NAMES) + 1


def test_python_gives_the_same(home: Path, outputs: Tensor, labels: Tensor) -> None:
    verdict = archdsl.evaluate(home / "net.yaml", home / "net.safetensors", device="cpu", worst=3)
    assert verdict.labels.tolist() == labels.tolist()
    assert verdict.guesses.tolist() == outputs.argmax(1).tolist()
    losses = nn.functional.cross_entropy(outputs, labels, reduction="none")
    assert [guess.index for guess in verdict.worst] == losses.topk(3).indices.tolist()


classes = st.integers(2, 9)


@given(classes.flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1))))
def test_verdicts_count_as_scikit_learn_does(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = drawn
    true, guessed = (torch.tensor(part) for part in zip(*pairs, strict=True))
    verdict = Verdict(Scores(0.0, len(pairs)), tuple(f"c{i}" for i in range(count)), true, guessed)
    matrix = metrics.confusion_matrix(true, guessed, labels=range(count))
    assert verdict.confusion().tolist() == matrix.tolist()
    np.fill_diagonal(matrix, 0)
    assert sum(one.count for one in verdict.confused()) == matrix.sum()
    first = verdict.confused(1)
    assert [one.count for one in first] == ([matrix.max()] if matrix.any() else [])
    for i, one in enumerate(verdict.by_class()):
        assert (one.examples, one.right) == (int((true == i).sum()), int(((true == i) & (guessed == i)).sum()))
        assert one.mistaken == (f"c{matrix[i].argmax()}" if matrix[i].any() else "")


def test_many_classes_are_not_all_printed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("input: [1, 4, 4]\nbody: [flatten, linear 300]\n")
    save(archdsl.build(tmp_path / "net.yaml", seed=0), tmp_path / "w.safetensors")
    words = ("eval", tmp_path / "net.yaml", "--weights", tmp_path / "w.safetensors", "--with", "data=fake 3000")
    code, out, _ = run(*words)
    assert code == 0
    assert "the 20 least accurate of 300 classes" in out
    found = json.loads(run(*words, "--format", "json")[1])
    assert len(found["classes"]) == 300
    assert found["confusion"] is None


def test_labels_that_are_no_classes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_data.py").write_text(
        "import torch\n\n\ndef make():\n"
        "    data = [(torch.full((1, 2, 2), i / 9), torch.tensor([i / 9])) for i in range(10)]\n    return data, data\n"
    )
    (tmp_path / "net.yaml").write_text("input: [1, 2, 2]\nbody: [flatten, linear 1, flatten]\n")
    monkeypatch.syspath_prepend(tmp_path)
    model = archdsl.build(tmp_path / "net.yaml", seed=0)
    save(model, tmp_path / "w.safetensors")
    code, out, err = run(
        "eval", tmp_path / "net.yaml", "--weights", tmp_path / "w.safetensors", "--with", "data=own_data:make", "--with", "loss=mse"
    )
    x = torch.stack([torch.full((1, 2, 2), i / 9) for i in range(10)])
    with torch.no_grad():
        loss = nn.functional.mse_loss(model.eval()(x), torch.arange(10)[:, None] / 9)
    assert (code, err) == (0, "")
    assert out.split() == ["examples", "10", "loss", f"{loss:.4f}"]


def test_files_that_cannot_be_read_are_named(home: Path, run: Run, tmp_path: Path) -> None:
    shutil.copytree(home / "photos", tmp_path / "photos")
    (tmp_path / "photos" / "val" / "cat" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    (tmp_path / "net.yaml").write_text(SPEC.format(tmp_path / "photos"))
    code, out, err = run("eval", tmp_path / "net.yaml", "--weights", home / "net.safetensors")
    assert code == 0
    assert out.split()[:2] == ["examples", str(len(photos(home)) - 1)]
    assert "left out: " in err
    assert "cat/0.png" in err


def test_data_that_do_not_fit_are_told_before_the_weights_are_read(home: Path, run: Run) -> None:
    words = ("--with", "data=digits", "--with", "transforms=[resize 16]", "--with", "eval_transforms=[resize 16]")
    code, _, err = run("eval", home / "net.yaml", "--weights", "nothing.pt", *words)
    assert code
    assert "AD4410" in err


# predict ---------------------------------------------------------------------------------------------------------------------------------


def test_predictions_are_those_of_evaluation(home: Path, outputs: Tensor, run: Run) -> None:
    words = ("predict", home / "net.yaml", *photos(home), "--weights", home / "net.safetensors", "--format", "json", "--top", 7)
    code, out, err = run(*words, "--device", "cpu")
    assert (code, err) == (0, "")
    found = json.loads(out)["images"]
    assert [one["image"] for one in found] == [str(path) for path in photos(home)]
    for one, result in zip(found, outputs.softmax(1), strict=True):
        assert [c["class"] for c in one["classes"]] == result.argsort(descending=True).tolist()
        assert [c["probability"] for c in one["classes"]] == pytest.approx(result.sort(descending=True).values.tolist(), rel=1e-4)
        assert not one["fitted"]


def test_a_damaged_and_a_missing_image_are_named_and_the_others_answered(home: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    good = photos(home)[:2]
    code, out, err = run(
        "predict", home / "net.yaml", good[0], tmp_path / "cut.jpg", "none.png", good[1], "--weights", home / "net.safetensors", "--top", 2
    )
    assert code == 1
    assert [line for line in out.splitlines() if not line.startswith(" ")] == list(map(str, good))
    assert out.count("%") == 4
    assert "cut.jpg" in err
    assert "no such image: `none.png`" in err


def test_names_come_from_a_file(home: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\n".join(f"näme {i}" for i in range(7)) + "\n", encoding="utf-8")
    words = ("predict", home / "net.yaml", photos(home)[0], "--weights", home / "net.safetensors", "--classes", tmp_path / "names.txt")
    assert "%  näme " in run(*words)[1]
    (tmp_path / "names.txt").write_text("a\nb\n")
    code, _, err = run(*words)
    assert (code, err) == (2, "error: 2 names of classes, and `small` tells 7\n")
    assert run(*words[:-1], tmp_path / "none.txt")[0] == 2


def test_names_come_with_the_weights_of_a_run(home: Path, run: Run, tmp_path: Path) -> None:
    folder = archdsl.train(home / "net.yaml", folder=tmp_path / "run", device="cpu").folder
    for name in ("best.safetensors", "weights.safetensors"):
        _, out, _ = run("predict", home / "net.yaml", photos(home)[0], "--weights", folder / name, "--top", 7, "--format", "json")
        assert {one["class"]: one["name"] for one in json.loads(out)["images"][0]["classes"]} == dict(enumerate(NAMES))


@pytest.mark.parametrize("said", ["{", "3", '["a"]', '{"a": 1}'])
def test_names_that_weights_say_wrongly_are_numbers(home: Path, tmp_path: Path, said: str) -> None:
    state = archdsl.build(home / "net.yaml", seed=3).state_dict()
    save_file(state, tmp_path / "w.safetensors", {"classes": said})
    (found,) = archdsl.predict(home / "net.yaml", tmp_path / "w.safetensors", photos(home)[:1], top=1)
    assert found.likeliest[0].name == str(found.likeliest[0].number)


def test_what_torchvision_publishes_is_used_as_it_says(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against torchvision's own recipe of use: the model, `weights.transforms()` and `meta["categories"]`."""
    kind = torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    torch.manual_seed(0)
    model = torchvision.models.squeezenet1_1().eval()
    cache = tmp_path / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    torch.save(model.state_dict(), cache / kind.url.rpartition("/")[2])
    image = Image.fromarray(np.random.default_rng(1).integers(256, size=(300, 400, 3), dtype=np.uint8))
    image.save(tmp_path / "image.png")
    with torch.no_grad():
        wanted = model(kind.transforms()(image)[None]).softmax(1)[0]
    code, out, err = run(
        "predict", "squeezenet1_1", tmp_path / "image.png", "--weights", "torchvision:IMAGENET1K_V1", "--format", "json", "--device", "cpu"
    )
    assert (code, err) == (0, "")
    likeliest = json.loads(out)["images"][0]["classes"]
    assert [one["class"] for one in likeliest] == wanted.topk(5).indices.tolist()
    assert [one["probability"] for one in likeliest] == pytest.approx(wanted.topk(5).values.tolist(), rel=1e-5)
    assert [one["name"] for one in likeliest] == [kind.meta["categories"][i] for i in wanted.topk(5).indices.tolist()]


def answered(spec: str, folder: Path, image: Image.Image, **more: Any) -> tuple[nn.Module, Prediction]:
    """A network of some seed, and what it says of an image."""
    (folder / "net.yaml").write_text(spec)
    model = archdsl.build(folder / "net.yaml", seed=0).eval()
    save(model, folder / "w.safetensors")
    image.save(folder / "image.png")
    (found,) = archdsl.predict(folder / "net.yaml", folder / "w.safetensors", [folder / "image.png"], device="cpu", **more)
    return model, found


NOISE = np.random.default_rng(2).integers(256, size=(8, 8), dtype=np.uint8)


def test_a_network_that_ends_with_softmax_gives_its_own_probabilities(tmp_path: Path) -> None:
    model, found = answered("input: [1, 8, 8]\nbody: [flatten, linear 3, softmax]\n", tmp_path, Image.fromarray(NOISE), top=3)
    with torch.no_grad():
        wanted = model(torch.from_numpy(NOISE)[None, None] / 255)[0]
    assert [one.probability for one in found.likeliest] == pytest.approx(wanted.sort(descending=True).values.tolist())


def test_outputs_that_were_trained_each_for_itself_are_sigmoids(tmp_path: Path) -> None:
    spec = "input: [1, 8, 8]\nbody: [flatten, linear 3]\ntrain: {loss: bce}\n"
    model, found = answered(spec, tmp_path, Image.fromarray(NOISE), top=9)
    with torch.no_grad():
        wanted = model(torch.from_numpy(NOISE)[None, None] / 255)[0].sigmoid()
    assert [one.probability for one in found.likeliest] == pytest.approx(wanted.sort(descending=True).values.tolist())


def test_colours_become_grey_as_the_recipe_says(tmp_path: Path) -> None:
    image = Image.fromarray(np.random.default_rng(4).integers(256, size=(8, 8, 3), dtype=np.uint8))
    spec = "input: [1, 8, 8]\nbody: [flatten, linear 3]\ntrain: {transforms: [grayscale]}\n"
    model, found = answered(spec, tmp_path, image, top=3)
    with torch.no_grad():
        wanted = model(F.to_dtype(F.rgb_to_grayscale(F.to_image(image)), torch.float32, scale=True)[None])[0].softmax(0)
    assert [one.probability for one in found.likeliest] == pytest.approx(wanted.sort(descending=True).values.tolist(), rel=1e-4)


def test_an_image_of_another_size_is_scaled_and_cut_and_that_is_said(tmp_path: Path, run: Run) -> None:
    image = Image.fromarray(NOISE).resize((50, 30))
    _, found = answered("input: [1, 8, 8]\nbody: [flatten, linear 3]\n", tmp_path, image)
    assert found.fitted
    code, out, err = run("predict", tmp_path / "net.yaml", tmp_path / "image.png", "--weights", tmp_path / "w.safetensors")
    assert code == 0
    assert "(scaled and cut to the network's input)" in out
    assert err.startswith("note: no recipe says how images come to this network")


GREY = "input: [1, 8, 8]\nbody: [flatten, linear 3]\n"


@pytest.mark.parametrize(
    ("spec", "options", "code", "said"),
    [
        (GREY, ["--with", "transforms=[resize 9]"], 2, "images of 1×9×9; the network takes 1×8×8"),
        (f"{GREY}train: {{transforms: [resize 9]}}\n", [], 1, "images of 1×9×9; the network takes 1×8×8"),
        (GREY, ["--with", "transforms=['normalize [1, 2] std=[1, 2]']"], 2, "AD4411"),
        ("input: [1, 8, 8]\nbody: [conv 2]\n", [], 2, "gives 2×8×8, and classes are told by one row of numbers"),
        ("input: [5, 8, 8]\nbody: [flatten, linear 3]\n", [], 2, "takes 5×8×8, and an image is one tensor of 1 or 3 channels"),
        (GREY, ["--device", "abacus"], 2, "no device `abacus`"),
        (GREY, ["--with", "loss=cnov"], 2, "AD4302"),
    ],
)
def test_what_cannot_be_predicted_is_refused(tmp_path: Path, run: Run, spec: str, options: list[str], code: int, said: str) -> None:
    (tmp_path / "net.yaml").write_text(spec)
    save(archdsl.build(tmp_path / "net.yaml"), tmp_path / "w.safetensors")
    Image.fromarray(NOISE).save(tmp_path / "image.png")
    found = run("predict", tmp_path / "net.yaml", tmp_path / "image.png", "--weights", tmp_path / "w.safetensors", *options)
    assert found[0] == code
    assert said in found[2]


@pytest.mark.parametrize("command", ["eval", "predict"])
def test_weights_are_asked_for(home: Path, run: Run, command: str) -> None:
    words = [command, home / "net.yaml", *([photos(home)[0]] if command == "predict" else [])]
    code, _, err = run(*words)
    assert code == 2
    assert "--weights" in err


def test_train_from_python(tmp_path: Path) -> None:
    spec = {"input": [1, 8, 8], "body": ["flatten", "linear 10"], "train": {"epochs": 9, "eval_every": "1 epoch"}}
    done = archdsl.train(spec, folder=tmp_path / "run", overrides={"epochs": 2}, device="cpu")
    assert done.folder == tmp_path / "run"
    assert [row["epoch"] for row in done.history] == [1, 2]
    assert done.scores is not None
    verdict = archdsl.evaluate(spec, done.folder / "weights.safetensors", device="cpu")
    assert verdict.scores.accuracy == done.scores.accuracy == done.history[-1]["test_accuracy"]
    image = Image.fromarray(np.asarray(done.data.test[0][0][0]))
    image.save(tmp_path / "digit.png")
    with torch.no_grad():
        guessed = done.model.eval()(done.data.test[0][0][None] / 255).argmax().item()
    assert archdsl.predict(spec, done.folder / "weights.safetensors", [tmp_path / "digit.png"])[0].likeliest[0].number == guessed
