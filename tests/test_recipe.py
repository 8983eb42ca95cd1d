"""Recipes: what is read of `train`, of files and of the command line; every fault at once, where it is written; nothing runs."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_house import WITHOUT_TORCH
from test_recipe_words import faults

import archdsl
from archdsl.diagnostics import Diagnostic, Source, SpecError
from archdsl.language.formatter import formatted
from archdsl.language.reader import read
from archdsl.language.words import TRAIN
from archdsl.limits import DEFAULT
from archdsl.recipe import Called, Interval, Recipe, Stretch, read_recipe
from archdsl.recipe.files import recipe_of, shipped
from archdsl.recipe.reader import ADVICE, FOREIGN
from archdsl.recipe.transforms import TRANSFORMS

ROOT = Path(__file__).parent.parent
NET = "input: [1, 8, 8]\nbody: [flatten, linear 10]\n"


def recipe(text: str, code: bool = False) -> Recipe:
    found: list[Diagnostic] = []
    made = read_recipe(read(Source("recipe.yaml", text), DEFAULT, found.append), found.append, code=code)
    assert made is not None, found
    return made


def said(error: SpecError) -> list[tuple[str, str, str]]:
    return [(str(d.span), d.code, d.help or "") for d in error.diagnostics]


def test_without_a_word_the_defaults_hold() -> None:
    assert read_recipe(None, pytest.fail) == Recipe()
    assert recipe("seed: 0") == Recipe()
    assert (Recipe().epochs, Recipe().steps, Recipe(steps=7).epochs) == (10, None, None)
    assert archdsl.load(NET).recipe() == Recipe()


def test_the_keys_are_those_that_are_documented() -> None:
    assert list(TRAIN) == list(Recipe.model_fields)
    assert set(FOREIGN.values()) <= set(TRAIN)
    assert not (set(FOREIGN) | set(ADVICE)) & set(TRAIN)
    assert not set(FOREIGN) & set(ADVICE)


@pytest.mark.parametrize("name", shipped())
def test_shipped_recipes_are_right(name: str) -> None:
    found = recipe_of(None, name)
    text = shipped()[name].read_text("utf-8")
    assert formatted(Source(name, text), DEFAULT) == text
    assert all(getattr(found, key) is not None for key in re.findall(r"^(\w+):", text, re.MULTILINE))


def test_the_recipe_of_cifar10() -> None:
    found = recipe_of(None, "cifar10")
    assert [str(one) for one in found.transforms] == [
        "random_crop 32 padding=4",
        "random_horizontal_flip",
        "normalize (0.4914, 0.4822, 0.4465) std=(0.2023, 0.1994, 0.201)",
    ]
    assert (found.batch_size, found.eval_batch_size, found.data.target) == (128, 100, "torchvision.datasets.CIFAR10")
    assert found.optimizer == Called("adamw", "torch.optim.AdamW", {"lr": 0.001, "weight_decay": 0.01})
    assert found.loss == Called("cross_entropy", "torch.nn.CrossEntropyLoss")


def test_one_line_and_mapping_say_the_same() -> None:
    line = recipe('optimizer: "sgd 0.1 momentum=0.9 nesterov=true"\ntransforms: ["random_crop (8, 8) padding=1"]')
    mapping = recipe("optimizer: {sgd: 0.1, momentum: 0.9, nesterov: true}\ntransforms: [{random_crop: [8, 8], padding: 1}]")
    used = recipe("optimizer: {use: sgd, lr: 0.1, momentum: 9 / 10, nesterov: true}\ntransforms: {random_crop: 8x8, padding: 2 - 1}")
    assert line == mapping == used


def test_values_are_what_they_say() -> None:
    found = recipe(
        "eval_every: 2 epochs\nsave_every: 500 steps\nlog_every: 25\nschedule: cosine 0.1 warmup=500steps\nema: none\nsteps: 1e3\n"
        "transforms: none\nprecision: bf16\ncompile: true\nclip_grad_norm: 1 / 2\nearly_stopping: 3\nseed: 2**31"
    )
    assert (found.eval_every, found.save_every, found.log_every) == (Interval(2, "epochs"), Interval(500, "steps"), Interval(25, "steps"))
    assert found.schedule.arguments == {"min_factor": 0.1, "warmup": Stretch(500, "steps"), "warmup_factor": 0.01}
    assert (found.ema, found.steps, found.epochs, found.transforms, found.eval_transforms) == (None, 1000, None, (), None)
    assert (found.precision, found.compile, found.clip_grad_norm, found.early_stopping, found.seed) == ("bf16", True, 0.5, 3, 2**31)
    assert isinstance(found.steps, int)
    assert recipe("data: image_folder /data/photos/").data.arguments == {"path": "/data/photos/", "held_out": 0.2}
    assert recipe("data: {image_folder: my photos}").data.arguments["path"] == "my photos"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("lr: 0.1", "optimizer: adamw 0.001"),
        ("batch: 32", "did you mean `batch_size`?"),
        ("num_epochs: 3", "did you mean `epochs`?"),
        ("learning_rate: 3", "optimizer: adamw 0.001"),
        ("label_smoothing: 0.1", "loss: cross_entropy label_smoothing=0.1"),
        ("scheduler: cosine", "did you mean `schedule`?"),
        ("precision: float16", "write `fp16`"),
        ("optimizer: keras.optimizers.Adam", "write `adam`"),
        ("optimizer: SGD(lr=0.1)", "write `SGD lr=0.1`"),
        ("loss: CrossEntropyLoss label_smoothing=0.1", "write `cross_entropy`"),
        ("optimizer: adam learning_rate=0.1", "did you mean `lr`?"),
        ("schedule: step step_size=30", "did you mean `every`?"),
        ("transforms: [RandomFlip]", "write `random_horizontal_flip`"),
    ],
)
def test_other_names_are_answered(text: str, help: str) -> None:
    (found,) = faults(text)
    assert help in (found.help or "")


def test_all_faults_are_told_at_once() -> None:
    text = NET + "train:\n  epohcs: 3\n  optimizer: adamww\n  batch_size: 0\n  transforms: [flip, rezise 32]\n  data: os:system\n"
    found = archdsl.check(text)
    assert [(d.line, d.code) for d in found] == [(4, "AD1202"), (5, "AD4302"), (6, "AD4301"), (7, "AD4302"), (7, "AD4302"), (8, "AD4305")]
    with pytest.raises(SpecError):
        archdsl.load(text)


def test_one_fault_of_a_spec_hides_none_of_its_recipe() -> None:
    found = archdsl.check("input: [1, 8, 8]\nbody: [flaten, linear 10]\ntrain: {epochs: 0}\n")
    assert [d.code for d in found] == ["AD2006", "AD4301"]


def test_a_family_says_a_fault_of_its_recipe_once() -> None:
    text = "input: [1, 8, 8]\nparams: {n: 10}\nvariants: {a: {n: 5}, b: {}}\nbody: [flatten, linear n]\ntrain: {epochs: 0}\n"
    assert [d.code for d in archdsl.check(text)] == ["AD4301"]


def test_what_is_extended_brings_its_recipe(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(NET + "train: {epochs: 3}\n")
    (tmp_path / "own.yaml").write_text("extends: base.yaml\n")
    (tmp_path / "other.yaml").write_text("extends: base.yaml\ntrain: {seed: 1}\n")
    assert archdsl.load(tmp_path / "own.yaml").recipe().epochs == 3
    assert archdsl.load(tmp_path / "other.yaml").recipe() == Recipe(seed=1)


def test_files_and_values_come_after_the_spec(tmp_path: Path) -> None:
    net = archdsl.load(NET + "train: {epochs: 3, seed: 7}\n")
    (tmp_path / "mine.yaml").write_text("steps: 50\n")
    assert net.recipe(overrides=["epochs=5"]) == Recipe(epochs=5, seed=7)
    assert net.recipe(overrides=["steps=5"]) == Recipe(steps=5, seed=7)
    assert net.recipe(tmp_path / "mine.yaml") == Recipe(steps=50)
    assert net.recipe(tmp_path / "mine.yaml", {"epochs": 2, "transforms": ["resize 8"]}).transforms[0].arguments == {"size": 8}
    assert net.recipe(tmp_path / "mine.yaml", {"epochs": 2}).steps is None
    assert net.recipe("cifar10", ["optimizer=sgd 0.1 momentum=0.9"]).optimizer.arguments == {"lr": 0.1, "momentum": 0.9}


def test_code_is_named_by_the_caller_alone(tmp_path: Path) -> None:
    net, code = archdsl.load(NET), Called("mydata:load", "mydata:load", {"size": 32})
    (tmp_path / "mine.yaml").write_text("data: mydata:load size=32\n")
    assert net.recipe(tmp_path / "mine.yaml").data == code
    assert net.recipe(overrides=["data=mydata:load size=32"]).data == code
    assert [d.code for d in archdsl.check(f"{NET}train: {{data: 'mydata:load size=32'}}\n")] == ["AD4305"]
    assert [d.code for d in archdsl.check(f"{NET}train: {{data: {{'mydata:load': 1}}}}\n")] == ["AD4305"]
    assert [d.code for d in faults("loss: mydata:load", code=True)] == ["AD4302"]


def test_what_is_typed_wrongly_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    net = archdsl.load(NET)
    with pytest.raises(SpecError) as error:
        net.recipe(overrides=["epohcs=5", "lr=0.1", "optimizer=adamww"])
    assert {(place, code) for place, code, _ in said(error.value)} == {("--with:1:1", "AD1202"), ("--with:1:12", "AD4302")}
    with pytest.raises(SpecError) as error:
        net.recipe(overrides=["epochs"])
    assert said(error.value) == [("--with:1:1", "AD6001", "for example `--with epochs=5`")]
    with pytest.raises(SpecError) as error:
        net.recipe("cifra10")
    assert said(error.value) == [("cifra10:1:1", "AD1001", "did you mean `cifar10`?")]
    (tmp_path / "net.yaml").write_text(NET)
    with pytest.raises(SpecError) as error:
        net.recipe("net.yaml")
    assert "input" in error.value.diagnostics[0].message
    (tmp_path / "list.yaml").write_text("- epochs\n")
    with pytest.raises(SpecError) as error:
        net.recipe("list.yaml")
    assert said(error.value)[0][1] == "AD1204"


def test_checking_a_recipe_needs_no_torch(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(NET + shipped()["imagenet"].read_text("utf-8").join(("train:\n", "")).replace("\n", "\n  "))
    words = ["check", str(tmp_path / "net.yaml")]
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_spec_without_recipe_pays_for_none() -> None:
    code = f"import sys, archdsl; archdsl.check({NET!r}); sys.exit('archdsl.recipe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_what_is_random_is_known() -> None:
    steady = {name for name, word in TRANSFORMS.items() if not word.random}
    assert steady == {"resize", "center_crop", "pad", "grayscale", "rgb", "normalize"}


TEXTS = [path.read_text("utf-8") for path in shipped().values()]


@settings(max_examples=150, deadline=None, database=None)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_damaged_recipes_are_answered(text: str, seed: int) -> None:
    drawn = random.Random(seed)
    for _ in range(drawn.randint(1, 3)):
        start = drawn.randrange(len(text))
        put = drawn.choice(["", "-", "=", " ", "(", "]", "{", "0", "none", "\n", "e9", "x", "'", ": ", "1e999", "9" * 80])
        text = text[:start] + put + text[start + drawn.randint(0, 3) :]
    found: list[Diagnostic] = []
    node = read(Source("recipe.yaml", text), DEFAULT, found.append)
    if node is not None:
        made = read_recipe(node, found.append)
        assert (made is None) <= any(one.severity == "error" for one in found)
    assert all(one.message and one.span.end <= len(text) for one in found)
