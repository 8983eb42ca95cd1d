"""Calls written as PyTorch and Keras write them: what they are in a spec."""

from __future__ import annotations

from dataclasses import replace

from archdsl.diagnostics import Edit, Fault
from archdsl.language.calls import unbracketed
from archdsl.language.items import WIRING
from archdsl.ops.foreign_names import FOREIGN_ARGUMENTS, ours

SIZES = {"conv": 1, "conv_transpose": 1, "linear": 1, "batch_norm": 0, "instance_norm": 0, "layer_norm": 0, "rms_norm": 0}
"""operations that PyTorch gives the size of their input first, and how many positional arguments are there besides"""


def in_our_words(fault: Fault) -> Fault:
    """The fault of a call in brackets; where the name is PyTorch's or Keras', the help has our name and arguments, without input sizes."""
    found = fault.diagnostic
    name = found.span.text.partition("(")[0]
    word = ours(name) if found.code == "AD1305" else None
    if word is None:
        return fault
    if word in WIRING:
        fault.diagnostic = replace(found, help=f"write `{{{word}: […]}}` with a list of items", edit=None)
        return fault
    positional, named = [], []
    for argument in unbracketed(found.span.text)[1:]:
        key, sign, value = argument.partition("=")
        if not (sign and key.isidentifier()):
            positional.append(argument)
        elif (theirs := FOREIGN_ARGUMENTS.get(key, key)) is not None:
            named.append(f"{theirs}={value}")
    sized = word in SIZES and not name.endswith("D") and len(positional) > SIZES[word]
    call = " ".join([word, *positional[int(sized) :], *named])
    edit = None if found.edit is None else Edit(found.edit.span, call, "maybe")
    fault.diagnostic = replace(found, help=f"write `{call}`", edit=edit)
    return fault
