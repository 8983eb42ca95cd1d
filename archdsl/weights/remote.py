"""Published weights: found, fetched once into torch's cache, and called by the network's own keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import torch
from torch import Tensor

from archdsl.diagnostics import Diagnostic, Source, Span, SpecError
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.language.nodes import Scalar
from archdsl.language.published import Published, Rename

Renames = Mapping[str, tuple[Scalar, Rename]]
TORCHVISION = "torchvision:"
"""what weights of torchvision's registry are written with"""


def fetch(word: str, name: str, published: Published) -> Path:
    """The file of `published` weights, or of `torchvision:NAME` for the network `name`, from torch's cache or the network.

    The cache is the folder `hub/checkpoints` of `TORCH_HOME`, as for torch.hub. A file whose SHA-256 is another than the spec's, or
    than the one in its name, is not kept. Raises `SpecError`.
    """
    if word.startswith(TORCHVISION):
        url, digest = str(of_torchvision(word, name).url), None
    elif published.url is None:
        help = "name it under `weights: {url: …}`, or give a file"
        raise _refused("AD4212", f"the spec of `{name}` does not say where published weights are", help)
    else:
        url, digest = published.url.text, published.sha256.text if published.sha256 else None
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(url).path).name
    if not path.exists():
        _download(url, path, digest)
    elif digest is not None and hashlib.sha256(path.read_bytes()).hexdigest() != digest.lower():
        raise _refused("AD4203", f"`{path}` has another SHA-256 than the spec says", "remove it, and it is fetched again")
    return path


def renamed(tensors: Mapping[str, Tensor], rename: Renames) -> dict[str, Tensor]:
    """The tensors under the keys that the first fitting pattern gives each. Raises `SpecError` for patterns that fit nothing or clash."""
    found: dict[str, Tensor] = {}
    before: dict[str, str] = {}
    idle = dict(rename)
    clashes: dict[str, list[str]] = {}
    for key, tensor in tensors.items():
        pattern, name = next(((p, new) for p, (_, r) in rename.items() if (new := r.apply(key)) is not None), ("", key))
        idle.pop(pattern, None)
        if name in found:
            clashes.setdefault(pattern, []).append(f"`{before[name]}` and `{key}` would both be called `{name}`")
        found[name], before[name] = tensor, key
    some = ", ".join(list(tensors)[:3])
    help = f"the keys in the file are {some}, …"
    faults = [Diagnostic("AD4213", "error", f"no key fits `{p}`", k.span, help=help) for p, (k, _) in idle.items()]
    for pattern, said in clashes.items():
        place = rename[pattern][0] if pattern else next(iter(rename.values()))[0]
        more = f" (and {len(said) - 1} more like them)" if len(said) > 1 else ""
        faults.append(Diagnostic("AD4213", "error", said[0] + more, place.span, help="let the new names differ as the keys do"))
    if faults:
        raise SpecError(tuple(faults))
    return found


def of_torchvision(word: str, name: str) -> Any:
    """The member of `torchvision.models.WeightsEnum` that `torchvision:NAME` means for the network `name`. Raises `SpecError`."""
    from torchvision.models import get_model_weights, list_models

    wanted = word.removeprefix(TORCHVISION)
    if name not in list_models():
        raise _refused("AD4212", f"torchvision has no model `{name}`", did_you_mean(name, list_models()) or "the spec's `name` says which")
    kinds = [*get_model_weights(name)]
    names = [kind.name for kind in kinds]
    if wanted not in (*names, "DEFAULT"):
        there = f"there are {', '.join(names)}" if names else "there are none"
        help = " ".join(filter(None, (did_you_mean(wanted, names), there)))
        raise _refused("AD4212", f"torchvision has no weights `{wanted}` of `{name}`", help)
    return get_model_weights(name)[wanted]


def _download(url: str, path: Path, digest: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    said = re.search(r"-([0-9a-f]{8,64})\.", path.name)
    try:
        torch.hub.download_url_to_file(url, str(path), digest or (said[1] if said else None))
    except (URLError, OSError, RuntimeError) as error:
        cause = getattr(error, "reason", error)
        reason = getattr(cause, "strerror", None) or str(cause)
        help = f"fetch it by other means and put it at {path}, or give it by `--weights FILE`"
        raise _refused("AD4214", f"{url} could not be fetched: {reason}", help) from None


def _refused(code: str, message: str, help: str | None = None) -> SpecError:
    return SpecError((Diagnostic(code, "error", message, Span(Source("--weights", ""), 0, 0), help=help),))
