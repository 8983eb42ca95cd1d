"""Models of timm, by the name of the spec."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import timm
from torch import nn

NAMES = {"se_resnet50": "seresnet50"}
"""spec → timm"""

MODELS: dict[str, Callable[[], nn.Module]] = {spec: partial(timm.create_model, name) for spec, name in NAMES.items()}
