"""Runs that are killed: a process that imports torch once and forks a child for each sitting of a run.

`python tests/killed.py steps FOLDER KILLS SEED PROCESSES` trains, killed at KILLS random moments and resumed each time, and prints how
often a sitting was killed before its end. `saving FOLDER KILLS SEED` kills while checkpoints are written one after the other. `full FOLDER
TIMES SEED` writes checkpoints that fail at a random byte, `full-disk FOLDER TIMES SEED` ones for which the disk has too little space.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import torch

import archdsl
from archdsl.training import checkpoint as checkpoints
from archdsl.training.checkpoint import Checkpoint
from archdsl.training.progress import Progress, Silent
from archdsl.training.session import Job, train_job
from archdsl.weights.writing import sweep

SPEC = """\
name: killed
input: [1, 8, 8]
body: [conv 4, batch_norm, relu, dropout 0.2, flatten, linear 10]
train:
  transforms: [random_crop 8 padding=1, random_horizontal_flip]
  batch_size: 64
  epochs: 10
  ema: 0.9
  optimizer: sgd 0.1 momentum=0.9
  schedule: cosine warmup=0.5
  save_every: 4 steps
  log_every: 1 steps
"""


class Told(Silent):
    """Tells of every step through a pipe."""

    def __init__(self, tell: int) -> None:
        self._tell = tell

    def step(self, progress: Progress, facts: Mapping[str, float]) -> None:
        os.write(self._tell, b".")


def train(folder: Path, resume: bool, tell: int) -> None:
    """One sitting, in the processes that torchrun's environment tells of."""
    network = archdsl.load(SPEC)
    train_job(Job(network.graph, network.recipe(), SPEC, "cpu", folder=folder, resume=resume, reports=False), Told(tell))


def forked(body: Callable[[], None]) -> int:
    """Run a body in a child of its own; its process number."""
    child = os.fork()
    if child:
        return child
    try:
        body()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def sitting(folder: Path, resume: bool, world: int, port: int, tell: int) -> list[int]:
    """The processes of one sitting of a run."""

    def member(rank: int) -> Callable[[], None]:
        def body() -> None:
            if world > 1:
                where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank)}
                os.environ.update(where, LOCAL_RANK=str(rank), WORLD_SIZE=str(world))
            train(folder, resume, tell)

        return body

    return [forked(member(rank)) for rank in range(world)]


def steps(folder: Path, kills: int, seed: int, world: int) -> int:
    """Train to the end with kills on the way. Gives how many hit."""
    rng = Random(seed)
    resume = False
    for hits in range(kills + 1):
        told, tell = os.pipe()
        processes = sitting(folder, resume, world, 29_500 + (os.getpid() + hits) % 2_000, tell)
        os.close(tell)
        if hits < kills:
            early = rng.random() < 0.2  # also before the first step
            wait(told, 0 if early else rng.randrange(1, 9))
            time.sleep(rng.uniform(0, 0.1 if early else 0.02))
            for process in processes:
                os.kill(process, signal.SIGKILL)
        else:
            wait(told, 1_000_000)
        ends = [os.waitpid(process, 0)[1] for process in processes]
        os.close(told)
        if not any(ends):
            return hits
        if not any(os.WIFSIGNALED(end) for end in ends):
            raise SystemExit("a sitting failed")
        resume = folder.exists()
    raise SystemExit("the run never came to its end")


def wait(told: int, steps: int) -> None:
    """Until so many steps were told of, or nobody is left to tell."""
    while steps > 0 and (found := os.read(told, steps)):
        steps -= len(found)


def saving(folder: Path, kills: int, seed: int) -> int:
    """Write checkpoints without end, killed at random moments; the newest whole one is never older than one that was finished."""
    rng = Random(seed)
    for _ in range(kills):
        told, tell = os.pipe()
        first = max((found.checkpoint.step for found in [checkpoints.newest(folder)] if found.checkpoint), default=0)
        process = forked(lambda tell=tell, first=first: endless(folder, tell, first + 1))  # type: ignore[misc]
        time.sleep(rng.uniform(0.001, 0.03))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(tell)
        with os.fdopen(told) as file:
            finished = max([first, *map(int, file.read().split())])
        found = checkpoints.newest(folder)
        assert not found.damaged, found.damaged
        assert finished == 0 or (found.checkpoint is not None and found.checkpoint.step >= finished), (finished, found)
        sweep(folder)
        assert all(path.name.startswith("step-") for path in folder.iterdir())
    return kills


def endless(folder: Path, tell: int, step: int) -> None:
    """Write checkpoints until killed, and tell of each that is finished."""
    while True:
        checkpoints.save(folder, Checkpoint(step, {"model.weight": torch.full((50_000,), float(step))}, {"step": step}))
        os.write(tell, f"{step} ".encode())
        step += 1


def full(folder: Path, times: int, seed: int) -> int:
    """Write checkpoints that fail at a random byte, as at the end of a disk quota."""
    rng = Random(seed)
    for step in range(1, times + 1):
        attempted(folder, step, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (rng.randrange(200_000), resource.RLIM_INFINITY)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return times


def full_disk(folder: Path, times: int, seed: int) -> int:
    """Write checkpoints on a small disk of which something else takes all but a random part; half of them unasked how much is free."""
    rng = Random(seed)
    ballast, asked = folder.parent / "ballast", shutil.disk_usage
    for step in range(1, times + 1):

        def fill(step: int = step) -> None:
            ballast.write_bytes(b"x" * max(0, asked(folder).free - rng.randrange(200_000)))
            if step % 2:
                shutil.disk_usage = lambda path: asked("/")  # type: ignore[assignment]

        attempted(folder, step, fill)
        shutil.disk_usage = asked
    return times


def attempted(folder: Path, step: int, hinder: Callable[[], None]) -> None:
    """A checkpoint that is written, and a later one that cannot be: the first stays, and nothing else does."""
    (folder.parent / "ballast").unlink(missing_ok=True)
    tensors = {"model.weight": torch.full((50_000,), float(step))}
    checkpoints.save(folder, Checkpoint(2 * step, tensors, {}))
    before = sorted(folder.iterdir())
    hinder()
    try:
        checkpoints.save(folder, Checkpoint(2 * step + 1, tensors, {}))
    except checkpoints.NotSaved:
        found = checkpoints.newest(folder)
        assert found.checkpoint is not None
        assert (found.checkpoint.step, found.damaged, sorted(folder.iterdir())) == (2 * step, (), before)
        return
    raise SystemExit("a checkpoint was written where there was no space")


WORDS = {"steps": steps, "saving": saving, "full": full, "full-disk": full_disk}

if __name__ == "__main__":
    torch.set_num_threads(1)
    word, place, *numbers = sys.argv[1:]
    print(WORDS[word](Path(place), *map(int, numbers)))  # type: ignore[operator]
