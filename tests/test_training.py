"""Training against plain loops of torch, and what happens when it is stopped, resumed or goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archdsl
from archdsl.diagnostics import Fault
from archdsl.recipe import Recipe
from archdsl.training import checkpoint as checkpoints
from archdsl.training.finite import NotFinite
from archdsl.training.log import rows
from archdsl.training.seeds import STEP, reseed
from archdsl.training.session import Job, NotBegun, Trained, train_job

ROOT = Path(__file__).parent.parent
SPEC = """\
name: small
input: [1, 8, 8]
body: [conv 4, batch_norm, relu, dropout 0.2, flatten, linear 10]
train: {batch_size: 64, epochs: 2, optimizer: sgd 0.1 momentum=0.9}
"""
PLAIN = SPEC.replace("batch_norm, relu, dropout 0.2", "relu")
"""without what depends on the other examples of a batch"""


def run(folder: Path, spec: str = SPEC, resume: bool = False, **overrides: Any) -> Trained:
    network = archdsl.load(spec)
    return train_job(Job(network.graph, network.recipe(None, overrides), spec, "cpu", folder=folder, resume=resume, reports=False))


def weights(folder: Path, name: str = "weights.safetensors") -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / name)


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def by_hand(trained: Trained, optimizer: torch.optim.Optimizer, model: nn.Module, recipe: Recipe) -> nn.Module:
    """The same run as a plain loop over the same batches."""
    run = trained.run
    for epoch in range(recipe.epochs or 0):
        for number, batch in enumerate(run.train.epoch(epoch)):
            reseed(torch.device("cpu"), recipe.seed, STEP, epoch * run.train.steps + number, 0)
            model.train()
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch.images), batch.labels).backward()
            optimizer.step()
    return model


def fresh(trained: Trained, spec: str) -> nn.Module:
    """The network with the first values of a run."""
    from archdsl.training.seeds import WEIGHTS, seed_of

    return archdsl.load(spec).build(seed=seed_of(trained.run.recipe.seed, WEIGHTS))


def test_a_run_is_a_plain_loop(tmp_path: Path) -> None:
    trained = run(tmp_path / "run")
    model = fresh(trained, SPEC)
    by_hand(trained, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), model, trained.run.recipe)
    assert same(weights(tmp_path / "run"), model.state_dict())


def test_pieces_of_a_batch_add_up_to_it(tmp_path: Path) -> None:
    run(tmp_path / "whole", PLAIN)
    run(tmp_path / "pieces", PLAIN, accumulate=4)
    whole, pieces = weights(tmp_path / "whole"), weights(tmp_path / "pieces")
    assert not same(whole, pieces)
    assert all(torch.allclose(whole[key], pieces[key], atol=1e-5) for key in whole)


def test_averaged_weights_are_torchs(tmp_path: Path) -> None:
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    trained = run(tmp_path / "run", PLAIN, ema=0.9)
    model = fresh(trained, PLAIN)
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    theirs.update_parameters(model)  # the first call copies

    class Following(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            super().step(closure)
            theirs.update_parameters(model)

    by_hand(trained, Following(model.parameters(), lr=0.1, momentum=0.9), model, trained.run.recipe)
    expected = theirs.module.state_dict()
    assert all(torch.allclose(tensor, expected[key], atol=1e-6) for key, tensor in weights(tmp_path / "run").items())


@pytest.mark.parametrize(
    "overrides",
    [
        {"mixup": 0.2, "cutmix": 1.0},
        {"precision": "bf16"},
        {"precision": "fp16"},
        {"clip_grad_norm": 0.1, "schedule": "one_cycle"},
        {"channels_last": True, "optimizer": "adamw 0.01"},
        {"loss": "bce"},
        {"cache": "device", "transforms": ["random_horizontal_flip"]},
        {"workers": 1, "transforms": ["random_crop 8 padding=1"]},
        {"optimizer": "adafactor 0.01"},
    ],
    ids=str,
)
def test_a_run_goes_on_exactly(tmp_path: Path, overrides: dict[str, Any]) -> None:
    """From the checkpoint of its first half, whatever it is made of; and it learns."""
    whole = run(tmp_path / "whole", save_every="11 steps", **overrides)
    half = sorted((tmp_path / "whole" / "checkpoints").iterdir())[0]
    assert checkpoints.read(half).step < whole.run.steps
    (tmp_path / "half" / "checkpoints").mkdir(parents=True)
    (tmp_path / "half" / "checkpoints" / half.name).write_bytes(half.read_bytes())
    run(tmp_path / "half", resume=True, save_every="11 steps", **overrides)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "half"))
    first, last = rows(tmp_path / "whole")
    assert last["test_loss"] < first["test_loss"] or last["test_loss"] < 1


def test_an_emas_run_goes_on_exactly(tmp_path: Path) -> None:
    test_a_run_goes_on_exactly(tmp_path, {"ema": 0.9, "accumulate": 2})


def test_the_log_of_a_resumed_run_is_that_of_a_whole_one(tmp_path: Path) -> None:
    run(tmp_path / "whole", log_every="3 steps", save_every="10 steps", epochs=3)
    folder = tmp_path / "half"
    run(folder, log_every="3 steps", save_every="10 steps", epochs=1)
    (folder / "checkpoints" / "step-000000023.safetensors").unlink()  # as if killed: the log is ahead of the checkpoint
    run(folder, resume=True, log_every="3 steps", save_every="10 steps", epochs=3)
    steps = [list(map(json.loads, (place / "steps.jsonl").read_text().splitlines())) for place in (tmp_path / "whole", folder)]
    kept = [[{key: line[key] for key in ("step", "epoch", "loss", "accuracy", "learning_rate")} for line in lines] for lines in steps]
    assert [line for line in kept[1] if line["step"] != 23] == [line for line in kept[0] if line["step"] != 23]
    assert [row["test_loss"] for row in rows(folder)] == [row["test_loss"] for row in rows(tmp_path / "whole")]


def test_tensorboard_is_told_what_the_log_is(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    network = archdsl.load(SPEC)
    train_job(Job(network.graph, network.recipe(), SPEC, "cpu", folder=tmp_path / "run", reports=False, board=True))
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    told = [(event.step, event.value) for event in events.Scalars("test_loss")]
    assert told == [(row["step"], pytest.approx(row["test_loss"])) for row in rows(tmp_path / "run")]
    assert len(events.Scalars("loss")) == len((tmp_path / "run" / "steps.jsonl").read_text().splitlines())


def test_a_run_that_is_over_is_over_when_resumed(tmp_path: Path) -> None:
    run(tmp_path / "run", save_every="5 steps", epochs=2)
    whole = weights(tmp_path / "run")
    (tmp_path / "run" / "weights.safetensors").unlink()
    assert run(tmp_path / "run", resume=True, epochs=1).ending.progress.step == 46
    assert same(weights(tmp_path / "run"), whole)


def test_a_run_stops_when_it_gets_no_better(tmp_path: Path) -> None:
    trained = run(tmp_path / "run", optimizer="sgd 1e-12", epochs=30, early_stopping=3)
    assert trained.ending.progress.step < 30 * trained.run.train.steps
    assert trained.ending.progress.since_best == 3
    assert (tmp_path / "run" / "weights.safetensors").exists()


def test_the_best_weights_are_kept(tmp_path: Path) -> None:
    trained = run(tmp_path / "run", epochs=4)
    model = archdsl.build(SPEC, weights=tmp_path / "run" / "best.safetensors").eval()
    hits = torch.cat([model(batch.images).argmax(1) == batch.labels for batch in trained.run.test.epoch(0)])
    assert hits.double().mean().item() == trained.ending.progress.best


def test_a_run_begins_with_weights_and_their_average(tmp_path: Path) -> None:
    """From any thread, too."""
    run(tmp_path / "first", epochs=1)
    model = archdsl.build(SPEC, weights=tmp_path / "first" / "weights.safetensors")
    spec = SPEC.replace("batch_size: 64, epochs: 2, optimizer: sgd 0.1 momentum=0.9", "steps: 1, ema: 0.5, optimizer: sgd 1e-9")
    options = {"folder": tmp_path / "second", "weights": str(tmp_path / "first" / "weights.safetensors"), "device": "cpu"}
    thread = threading.Thread(target=lambda: archdsl.train(spec, **options))
    thread.start()
    thread.join()
    again = weights(tmp_path / "second")
    parameters = dict(model.named_parameters())
    assert parameters
    assert all(torch.allclose(again[key], tensor, atol=1e-6) for key, tensor in parameters.items())


# what goes wrong --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "save_every", "where"),
    [
        ("1e38", "1 steps", r"`3` \(Linear\) is the first layer whose result is not finite"),
        ("1e38 weight_decay=1000", "1 steps", r"the step made `0\.weight` NaN or infinite"),
        ("1e38 weight_decay=1000", "1 epochs", r"`weight` of `0` \(Conv2d\) is not finite: the step before went too far"),
    ],
)
def test_a_step_that_is_not_finite_stops_the_run_and_says_where(tmp_path: Path, rate: str, save_every: str, where: str) -> None:
    folder = tmp_path / "run"
    with pytest.raises(NotFinite, match=rf"step [12] is not finite: {where}"):
        run(folder, PLAIN, optimizer=f"sgd {rate}", save_every=save_every, epochs=5)
    found = checkpoints.newest(folder / "checkpoints").checkpoint
    assert found is None or all(torch.isfinite(tensor).all() for tensor in found.tensors.values())


def test_the_first_layer_that_goes_wrong_is_named(tmp_path: Path) -> None:
    spec = 'name: log\ninput: [1, 8, 8]\nbody: {a: conv 4, b: {math: log(x - 1e9)}, c: [flatten, linear 10]}\n'
    with pytest.raises(NotFinite, match=r"what flows into `c\.\w+` .* is not finite, through a function"):
        run(tmp_path / "run", spec, epochs=1)


def test_a_damaged_checkpoint_is_told_and_the_one_before_is_taken(tmp_path: Path) -> None:
    run(tmp_path / "run", save_every="10 steps")
    *_, older, newer = sorted((tmp_path / "run" / "checkpoints").iterdir())
    data = bytearray(newer.read_bytes())
    data[-20] ^= 1
    newer.write_bytes(data)
    found = checkpoints.newest(tmp_path / "run" / "checkpoints")
    assert found.checkpoint is not None
    assert found.checkpoint.step == checkpoints.read(older).step
    assert newer.name in found.damaged[0]
    assert "checksum" in found.damaged[0]
    older.write_bytes(b"cut")
    with pytest.raises(NotBegun, match=r"no checkpoint in .* is whole"):
        run(tmp_path / "run", resume=True)


def test_a_run_of_something_else_is_not_resumed(tmp_path: Path) -> None:
    run(tmp_path / "run", epochs=1)
    with pytest.raises(NotBegun, match="the network is not the one of the run"):
        run(tmp_path / "run", SPEC.replace("conv 4", "conv 5"), resume=True)
    with pytest.raises(NotBegun, match="batch_size is 32, was 64"):
        run(tmp_path / "run", resume=True, batch_size=32)
    with pytest.raises(NotBegun, match="holds something already: --resume"):
        run(tmp_path / "run")
    with pytest.raises(NotBegun, match="there is no run to go on with"):
        run(tmp_path / "other", resume=True)
    run(tmp_path / "run", resume=True, epochs=2)


def test_what_torch_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="Muon only supports 2D parameters"):
        run(tmp_path / "run", optimizer="muon 0.01")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("spec", "overrides", "sharded", "said"),
    [
        (SPEC, {}, True, "there is one: run under `torchrun"),
        (SPEC, {"precision": "fp16"}, True, "--shard"),
        ("input: [8]\nbody: [linear 10]\n", {"channels_last": True}, False, "the network takes 8"),
        ("input: [8]\nbody: [linear 10]\n", {"mixup": 0.2}, False, "have classes"),
    ],
)
def test_what_cannot_be_trained_is_refused(tmp_path: Path, spec: str, overrides: dict[str, Any], sharded: bool, said: str) -> None:
    network = archdsl.load(spec)
    with pytest.raises(NotBegun, match=said):
        train_job(Job(network.graph, network.recipe(None, overrides), spec, "cpu", sharded, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


# processes --------------------------------------------------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", **more}


def python(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), timeout=300, **options)


KILLS = int(os.environ.get("ARCHDSL_KILLS", "0"))
"""kills in each test; as many as CI has time for unless told"""


@pytest.mark.parametrize(("world", "kills"), [(1, KILLS or 20), (2, KILLS or 5)])
def test_a_killed_run_ends_with_the_same_bits(tmp_path: Path, world: int, kills: int) -> None:
    whole = python(ROOT / "tests" / "killed.py", "steps", tmp_path / "whole", 0, 0, world)
    assert (whole.returncode, whole.stdout) == (0, "0\n"), whole.stderr
    killed = python(ROOT / "tests" / "killed.py", "steps", tmp_path / "killed", kills, kills, world)
    assert killed.returncode == 0, killed.stderr
    assert int(killed.stdout) == kills
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "killed"))
    last = sorted((tmp_path / "killed" / "checkpoints").iterdir())[-1]
    assert same(dict(checkpoints.read(last).tensors), dict(checkpoints.read(tmp_path / "whole" / "checkpoints" / last.name).tensors))


def test_a_kill_while_saving_costs_nothing(tmp_path: Path) -> None:
    kills = KILLS or 200
    done = python(ROOT / "tests" / "killed.py", "saving", tmp_path, kills, 0)
    assert (done.returncode, done.stdout) == (0, f"{kills}\n"), done.stderr


@pytest.fixture(params=["the same disk", "memory", "a small disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """How a checkpoint fails to be written, and a folder on a file system where it does."""
    if request.param == "the same disk":
        yield "full", tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if request.param == "memory" or not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield "full", folder  # only root may mount
    else:
        yield "full-disk", folder
        subprocess.run(["umount", str(folder)], check=True)
    shutil.rmtree(folder)


def test_a_full_disk_costs_nothing(place: tuple[str, Path]) -> None:
    word, folder = place
    (folder / "checkpoints").mkdir()
    done = python(ROOT / "tests" / "killed.py", word, folder / "checkpoints", 25, 0)
    assert (done.returncode, done.stdout) == (0, "25\n"), done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_with_a_checkpoint(tmp_path: Path, number: signal.Signals, code: int) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SPEC)
    words = ["-m", "archdsl", "train", str(spec), "-o", str(tmp_path / "run"), "--with", "steps=100000", "--with", "save_every=100000"]
    process = subprocess.Popen([sys.executable, *words], env=environment(), stderr=subprocess.PIPE, text=True)
    log = tmp_path / "run" / "steps.jsonl"
    while process.poll() is None and not (log.exists() and log.stat().st_size):
        time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    found = checkpoints.newest(tmp_path / "run" / "checkpoints").checkpoint
    assert found is not None
    assert f"stopped after step {found.step:,}; `--resume` goes on from there" in said


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(PLAIN)
    words = ["archdsl", "train", spec, "--with", "epochs=3", "--with", "transforms=[random_crop 8 padding=1]", "-o"]
    one = python("-m", *words, tmp_path / "one")
    two = python(*TORCHRUN, *words, tmp_path / "two")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    losses = [[row["train_loss"] for row in rows(tmp_path / name)] for name in ("one", "two")]
    assert losses[1] == pytest.approx(losses[0], abs=1e-5)
    assert len(losses[0]) == 3


def test_sharded_parameters_train_as_whole_ones_and_go_on(tmp_path: Path) -> None:
    """FSDP2: the same curve as one process, from a checkpoint in parts too; its weights load as any others."""
    spec = tmp_path / "net.yaml"
    spec.write_text(PLAIN)
    words = ["archdsl", "train", spec, "--with", "save_every=10 steps", "--with", "ema=0.9", "-o"]
    one = python("-m", *words, tmp_path / "one")
    two = python(*TORCHRUN, *words, tmp_path / "two", "--shard")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    losses = [[row["test_loss"] for row in rows(tmp_path / name)] for name in ("one", "two")]
    assert losses[1] == pytest.approx(losses[0], abs=1e-5)
    folder = tmp_path / "two"
    whole = weights(folder)
    assert all(torch.allclose(tensor, whole[key], atol=1e-5) for key, tensor in weights(tmp_path / "one").items())
    *_, older, newer = sorted((folder / "checkpoints").iterdir())
    (newer / "__0_0.distcp").write_bytes(b"damaged")
    (folder / "weights.safetensors").unlink()
    again = python(*TORCHRUN, *words, folder, "--shard", "--resume")
    assert again.returncode == 0, again.stderr
    assert f"goes on after step {checkpoints.read(older).step}" in again.stderr
    assert same(weights(folder), whole)
