"""The header of a safetensors file, checked before a tensor is read.

The format: eight bytes that say how long the header is, the header as JSON (name → dtype, shape, begin and end), the tensors.
Source: github.com/huggingface/safetensors, README, "Format".
"""

from __future__ import annotations

import json
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any

LONGEST = 100_000_000
"""bytes of a header, as safetensors bounds it"""
BYTES = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}


def damage(path: Path) -> str:
    """What is wrong with a file, and where; "" if nothing is."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8 or length > LONGEST:
            return f"the header should be {length:,} bytes long, the file has {size:,}"
        text = file.read(length)
    twice: list[str] = []
    try:
        entries = json.loads(text, object_pairs_hook=lambda pairs: _mapping(pairs, twice))
    except (ValueError, RecursionError) as error:
        return f"the header is no JSON: {error}"
    if twice:
        return f"the key `{twice[0]}` is there twice"
    if not isinstance(entries, dict):
        return "the header is no JSON object"
    return _ranges({name: entry for name, entry in entries.items() if name != "__metadata__"}, size - 8 - length)


def _mapping(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice += [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    return found


def _ranges(entries: dict[str, Any], size: int) -> str:
    """The tensors must fill the file from its first byte to its last."""
    try:
        rows = sorted(_row(name, entry) for name, entry in entries.items())
    except (KeyError, TypeError, ValueError):
        return "an entry of the header lacks its dtype, shape or range"
    end = 0
    for begin, stop, name, count, dtype in rows:
        if begin != end:
            return f"`{name}` begins at byte {begin:,}, the one before ends at {end:,}"
        if dtype in BYTES and stop - begin != count * BYTES[dtype]:
            return f"`{name}` has {stop - begin:,} bytes, {count:,} numbers of type {dtype} need {count * BYTES[dtype]:,}"
        end = stop
    return "" if end == size else f"the tensors should be {end:,} bytes, the file has {size:,}"


def _row(name: str, entry: Any) -> tuple[int, int, str, int, str]:
    begin, end = entry["data_offsets"]
    return int(begin), int(end), name, prod(map(int, entry["shape"])), str(entry["dtype"])
