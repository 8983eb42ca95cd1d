"""The key `weights` as the author wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from pydantic import BaseModel, ConfigDict, Field

from archdsl.diagnostics import Diagnostic
from archdsl.language import nodes
from archdsl.language.document import Entry
from archdsl.language.nodes import Node, Scalar
from archdsl.language.published import PART, Published, Rename
from archdsl.language.syntax import Names, Table, Text, keys_of

Report = Callable[[Diagnostic], None]
ADDRESS = r"https://[^/\s]+/\S+"


class WeightsKeys(BaseModel):
    """What `weights` may hold."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, defer_build=True)

    url: Text = None
    sha256: Text = None
    rename: Table = Field(default_factory=dict)
    params: Names = Field(default_factory=dict)


def published_of(node: Node | None, variants: Collection[str], report: Report) -> Published:
    """What `weights` says, by variant in a family. Faults are reported and what they spoil left out."""
    if node is None:
        return Published()
    if not isinstance(node, nodes.Mapping):
        help = 'for example `weights: {url: "https://…/net.safetensors"}`'
        report(Diagnostic("AD1204", "error", "`weights` takes a mapping", node.span, help=help))
        return Published()
    by_variant = {key.text: value for key, value in node.entries if key.text in variants}
    own = nodes.Mapping(tuple(entry for entry in node.entries if entry[0].text not in by_variant), node.span)
    keys, _ = keys_of(WeightsKeys, own, "`weights`", report)
    _check_file(keys, report)
    return Published(
        keys.url,
        keys.sha256,
        {name: found for name, entry in keys.rename.items() if (found := _rename(entry, report))},
        keys.params,
        {name: published_of(value, (), report) for name, value in by_variant.items()},
    )


def _check_file(keys: WeightsKeys, report: Report) -> None:
    if keys.url is not None and not re.fullmatch(ADDRESS, keys.url.text):
        message = f"weights are fetched from `https://…`, found `{keys.url.text[:80]}`"
        report(Diagnostic("AD4210", "error", message, keys.url.span, help="a file on this machine is given by `--weights FILE`"))
    if keys.sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", keys.sha256.text):
        message = f"a SHA-256 has 64 hexadecimal digits, found {len(keys.sha256.text)} characters"
        report(Diagnostic("AD4210", "error", message, keys.sha256.span, help="`sha256sum FILE` prints it"))


def _rename(entry: Entry, report: Report) -> tuple[Scalar, Rename] | None:
    key, value = entry
    if not isinstance(value, Scalar):
        help = 'for example `{"layer{i}.*": "stage{i}.*"}`'
        report(Diagnostic("AD1204", "error", "`rename` takes a pattern and the new name", value.span, help=help))
        return None
    parts = re.findall(PART, key.text)
    lost = [part for part in re.findall(PART, value.text) if part not in parts]
    if lost:
        message = f"`{{{lost[0]}}}` does not stand in the pattern `{key.text}`"
        report(Diagnostic("AD4211", "error", message, value.span, help=f"its parts are {' '.join(f'{{{p}}}' for p in parts) or 'none'}"))
        return None
    if len(set(parts)) < len(parts) or not all(parts):
        message = "each part of a pattern has a name of its own"
        report(Diagnostic("AD4211", "error", message, key.span, help="for example `{layer}.norm.{i}`"))
        return None
    return key, Rename.of(key.text, value.text)
