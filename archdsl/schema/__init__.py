"""The JSON Schema of specs, made out of the registries: for editors that know YAML and no archdsl.

Of a spec it knows the blocks and names, too. A schema sees no shapes and no values of expressions: what it lets pass may still be wrong,
what it refuses is wrong. It is of draft 7, the newest that YAML's language server reads.
"""

from __future__ import annotations

import json

from archdsl.schema import files, items
from archdsl.schema.calls import positions
from archdsl.schema.known import Known, everywhere, of_spec
from archdsl.schema.values import Schema

__all__ = ["Known", "Schema", "everywhere", "of_spec", "schema", "text"]

DRAFT = "http://json-schema.org/draft-07/schema#"
STRICT = "strict "
"""begins the names of definitions for files that bring no names of their own"""


def schema(known: Known) -> Schema:
    """The schema of every spec, or of one whose names are known.

    >>> found = schema(everywhere())
    >>> found["$schema"], found["definitions"]["call max_pool"]["properties"]["padding"]["minimum"]
    ('http://json-schema.org/draft-07/schema#', 0)
    """
    callees = known.callees.values()
    shared = positions(known.callees)
    lines = [callee.line() for callee in known.plain if not callee.open]
    definitions = {
        **({} if known.complete else items.definitions(known, True, STRICT)),
        **items.definitions(known, known.complete, ""),
        **files.definitions(known),
        "line": {"allOf": lines},
        **{f"word {callee.name}": callee.about() for callee in callees if callee.name not in shared},
        **{f"call {callee.name}": callee.schema(known.names if known.complete else None) for callee in callees},
    }
    return {"$schema": DRAFT, "title": "archdsl", **files.spec(known, "" if known.complete else STRICT), "definitions": definitions}


def text(found: Schema) -> str:
    """A schema as JSON, a line for each definition."""
    lines = [f"{_json(key)}: {_json(value)}" for key, value in found.items() if key != "definitions"]
    inner = ",\n".join(f"{_json(key)}: {_json(value)}" for key, value in found["definitions"].items())
    return "{\n" + ",\n".join([*lines, f'"definitions": {{\n{inner}\n}}']) + "\n}\n"


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)
