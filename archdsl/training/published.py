"""The data sets of torchvision: read where their files are, fetched where they are not and the network allows."""

from __future__ import annotations

import inspect
import pickle
import struct
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from io import StringIO
from pathlib import Path
from tarfile import TarError
from typing import Any
from zipfile import BadZipFile
from zlib import error as ZlibError

from torchvision.datasets.utils import check_integrity

from archdsl.diagnostics import Fault
from archdsl.recipe.data import DATA, DataSet
from archdsl.training.parts import Data, Dataset, Named, Part, held_out
from archdsl.training.source import Wanted

SHOWN = 4
FAILURES = (
    OSError, RuntimeError, HTTPException, ValueError, EOFError, KeyError, IndexError, TypeError, AssertionError, pickle.UnpicklingError,
    struct.error, TarError, BadZipFile, ZlibError,
)  # fmt: skip
"""what torchvision raises where files are not there, cannot be fetched or cannot be read"""
ABSENT = ("not found", "not present", "need to download", "does not exist")
"""what torchvision says where files are not there"""


@dataclass(frozen=True, eq=False)
class Labelled(Named):
    """A data set of torchvision, with the name by which recipes call it."""

    whole: Dataset
    called: str

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, index: int, /) -> tuple[Any, int]:
        image, label = self.whole[index]
        return image, int(label)

    def name(self, index: int) -> str:
        return f"example {index} of {self.called}"


def published(wanted: Wanted) -> Data:
    """A data set of torchvision below the data root. Raises `Fault` where its files are missing or damaged."""
    called = wanted.called
    word = DATA[called.name]
    module, _, name = word.target.rpartition(".")
    kind = getattr(import_module(module), name)
    given = {key: value for key, value in called.arguments.items() if key != "held_out"}
    parts = [_part(kind, wanted, {**given, **part}) for part in ((word.train, word.eval) if word.divided else ({},))]
    sets = [Labelled(part, called.name) for part in parts]
    classes = _classes(parts[0], word)
    if word.divided:
        return Data(called.name, sets[0], sets[1], classes)
    train, test = held_out([0] * len(sets[0]), wanted["held_out"])
    return Data(called.name, Part(sets[0], train), Part(sets[0], test), classes)


def _part(kind: Any, wanted: Wanted, given: Mapping[str, Any]) -> Any:
    """One part of a data set: what is there, or else fetched."""
    fetches = _fetches(kind)
    made = {**given, "root": str(wanted.folder), **({"download": False} if fetches else {})}
    try:
        return _made(kind, made)
    except FAILURES as error:
        absent = isinstance(error, FileNotFoundError) or any(words in str(error) for words in ABSENT)
        fault = (_missing if absent else _damaged)(kind, wanted, error)
    if not fetches:
        raise fault
    print(f"fetching {wanted.called.name} into {wanted.folder} …", file=sys.stderr, flush=True)
    try:
        with _alone(wanted.folder, wanted.called.name):
            return _made(kind, {**made, "download": True})
    except FAILURES as error:
        raise (_missing(kind, wanted, error, ", and fetching it failed") if absent else fault) from None


def _fetches(kind: Any) -> bool:
    """Whether a class, or one that it comes from, can fetch its files."""
    return any("download" in inspect.signature(base.__init__).parameters for base in kind.__mro__)


def _made(kind: Any, arguments: Mapping[str, Any]) -> Any:
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        return kind(**arguments)


def _missing(kind: Any, wanted: Wanted, error: BaseException, tried: str = "") -> Fault:
    cause = getattr(error, "reason", error)
    reason = (getattr(cause, "strerror", None) or str(cause) or type(cause).__name__).strip().partition("\n")[0].rstrip(":")
    name, folder = wanted.called.name, wanted.folder
    wrong = ", ".join(list(_wrong(kind, folder))[:SHOWN])
    message = f"`{name}` is not {'whole ' if wrong else ''}below `{folder}`{f' ({wrong})' if wrong else ''}{tried}: {reason}"
    files = "; ".join(_files(kind, folder)) or f"the files that `torchvision.datasets.{kind.__name__}` reads"
    return wanted.fault("AD4402", message, f"put there, or say with --data-root where it is: {files}")


def _damaged(kind: Any, wanted: Wanted, error: BaseException) -> Fault:
    reason = str(error).partition("\n")[0] or type(error).__name__
    wrong = [f"`{name}`" for name in _wrong(kind, wanted.folder)]
    which = f": {', '.join(wrong[:SHOWN])}" if wrong else ""
    message = f"the files of `{wanted.called.name}` below `{wanted.folder}` are there and cannot be read{which} ({reason})"
    return wanted.fault("AD4402", message, "remove them, and they are fetched again")


def _files(kind: Any, folder: Path) -> Iterator[str]:
    """The files that a class of torchvision fetches, as far as it names them, with their places where they are plain."""
    url, unplaced, mirrors, resources = (getattr(kind, key, None) for key in ("url", "_URL", "mirrors", "resources"))
    base = folder / kind.__name__ / "raw" if mirrors else folder
    if isinstance(url, str):
        yield f"{url} as {base / (getattr(kind, 'filename', '') or url.rpartition('/')[2])}"
    elif mirrors and isinstance(resources, list):
        yield f"{', '.join(name for name, _ in resources)} of {mirrors[0]} in {base}"
    elif unplaced:
        yield f"{unplaced}, unpacked as `torchvision.datasets.{kind.__name__}` wants it"


def _wrong(kind: Any, folder: Path) -> Iterator[str]:
    """The files of a class like CIFAR-10 that have another checksum than torchvision knows, where some are there."""
    base = getattr(kind, "base_folder", "")
    listed = [*getattr(kind, "train_list", ()), *getattr(kind, "test_list", ())]
    if isinstance(base, str) and base and (folder / base).is_dir():
        yield from (f"{base}/{name}" for name, *rest in listed if rest and not check_integrity(str(folder / base / name), rest[-1]))


def _classes(part: Any, word: DataSet) -> tuple[str, ...]:
    """The names that a data set gives its classes, else their numbers."""
    names = next((getattr(part, key) for key in ("classes", "categories", "all_categories") if getattr(part, key, None)), None)
    named = tuple(name if isinstance(name, str) else str(name[0]) if isinstance(name, tuple) else str(name) for name in names or ())
    if named and word.classes in (None, len(named)):
        return named
    return tuple(map(str, range(word.classes or 0)))


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Let one process at a time look for a data set, so that only one of several fetches it."""
    if sys.platform == "win32" or not _ready(folder):
        yield
        return
    import fcntl

    with open(folder / f".{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            Path(file.name).unlink(missing_ok=True)


def _ready(folder: Path) -> bool:
    """Whether files can be written to a folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
        (folder / ".lock").unlink(missing_ok=True)
    except OSError:
        return False
    return True
