"""The precision in which a model runs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """A context for `fp32`, `tf32`, `bf16` or `fp16`: half of the bits where torch holds that to be safe."""
    kind = TYPES.get(precision)
    return nullcontext() if kind is None else torch.autocast(device.type, kind)
