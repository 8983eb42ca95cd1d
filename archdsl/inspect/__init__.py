"""What only a built network can tell: pictures of its layers, its kernels and what they see. Needs torch; pictures need matplotlib.

Each function gives a `matplotlib.figure.Figure`, which `figure.savefig("maps.svg")` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archdsl.inspect.charts import activations
    from archdsl.inspect.fields import receptive
    from archdsl.inspect.gradcam import saliency
    from archdsl.inspect.image import read_image
    from archdsl.inspect.kernels import filters
    from archdsl.inspect.maps import features
    from archdsl.inspect.stats import statistics

_HOMES = {
    "features": "maps",
    "filters": "kernels",
    "activations": "charts",
    "statistics": "stats",
    "saliency": "gradcam",
    "receptive": "fields",
    "read_image": "image",
}
"""where each public name lives; it is imported when first asked for"""

__all__ = ["activations", "features", "filters", "read_image", "receptive", "saliency", "statistics"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'archdsl.inspect' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"archdsl.inspect.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
