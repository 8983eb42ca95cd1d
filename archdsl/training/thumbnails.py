"""Small images that lie inside a page."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

LARGEST, LOSSLESS = 160, 64
"""pixels of the longer side at most; and up to how many a picture is kept exactly"""


def data_uri(image: Any) -> str:
    """An image as it was read, a PIL image or a tensor C×H×W, as the address of itself; "" for what is no image.

    Bytes are shown as they are, floats from their least to their greatest; of other than one or three channels their mean.
    """
    picture = image if isinstance(image, Image.Image) else _picture(torch.as_tensor(image))
    if picture is None:
        return ""
    shown = picture.copy() if picture.mode in ("L", "RGB") else picture.convert("RGB")
    shown.thumbnail((LARGEST, LARGEST))
    kind = "png" if max(shown.size) <= LOSSLESS else "jpeg"
    found = BytesIO()
    shown.save(found, kind, **({"quality": 85} if kind == "jpeg" else {"optimize": True}))
    return f"data:image/{kind};base64,{b64encode(found.getvalue()).decode()}"


def _picture(image: Tensor) -> Image.Image | None:
    """A tensor as a picture of its own; `None` where it has no height and width."""
    values = image[None] if image.dim() == 2 else image
    if values.dim() != 3 or not values.numel():
        return None
    if values.dtype != torch.uint8:
        values = values.float()
        low, high = values.min(), values.max()
        values = ((values - low) / (high - low).clamp_min(1e-12) * 255).round().to(torch.uint8)
    if len(values) not in (1, 3):
        values = values.float().mean(0, keepdim=True).round().to(torch.uint8)
    pixels = np.ascontiguousarray(values.permute(1, 2, 0).cpu().numpy())
    return Image.fromarray(pixels[:, :, 0] if len(values) == 1 else pixels)
