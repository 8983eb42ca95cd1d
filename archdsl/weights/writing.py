"""Files of tensors that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from archdsl.weights.files import package

MARGIN_BYTES = 1 << 20
"""free space that is left beside a file"""
UNFINISHED = ".unfinished-"
"""how the names of folders begin in which files are being written"""


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file, and wait until the disk has it. A kill or a full disk leaves what was there before as it was.

    Raises `OSError`.
    """
    from safetensors import SafetensorError

    needed = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()) + MARGIN_BYTES
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise OSError(f"`{path}` needs {_megabytes(needed)}, and {_megabytes(free)} are free; nothing was changed")
    folder = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    try:
        folder.mkdir(exist_ok=True)
        file = folder / path.name
        package().save_file({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, file, dict(metadata))
        file.chmod(0o666 & ~_mask())
        settle(file)
        os.replace(file, path)
        settle(path.parent)
    except (OSError, SafetensorError) as error:
        raise OSError(f"`{path}` cannot be written: {error}; nothing was changed") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what processes that were killed had not finished writing."""
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def settle(path: Path) -> None:
    """Wait until the disk has a file, or the entries of a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.1f} MB"
