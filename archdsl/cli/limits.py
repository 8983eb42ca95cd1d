"""`archdsl limits`: the budgets that keep a spec from a stranger harmless."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import Annotated

import typer

from archdsl.limits import DEFAULT, Limits
from archdsl.reference.sentences import sentences


class Form(StrEnum):
    """How the limits are printed."""

    text = "text"
    json = "json"


def limits(format: Annotated[Form, typer.Option("--format", help="How they are printed.")] = Form.text) -> None:
    """List the limits: what each bounds, and its value. `--limit NAME=NUMBER` of other commands sets another."""
    says = sentences(Limits)
    rows = [(field.name, getattr(DEFAULT, field.name), says.get(field.name, "")) for field in fields(Limits)]
    if format is Form.json:
        from json import dumps

        print(dumps([{"name": name, "value": value, "text": text} for name, value, text in rows], indent=2))
        return
    names, values = (max(map(len, column)) for column in zip(*((name, f"{value:,}") for name, value, _ in rows), strict=True))
    print("\n".join(f"{name.ljust(names)}  {f'{value:,}'.rjust(values)}  {text}" for name, value, text in rows))
