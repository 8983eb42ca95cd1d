"""What an unquoted text means by YAML 1.2's core schema, and what older readers of YAML would have made of it."""

from __future__ import annotations

import re

from archdsl.diagnostics import Fault
from archdsl.language.nodes import Scalar
from archdsl.limits import Limits

WORDS: dict[str, bool | None] = {
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip
OLDER = {"yes": "true", "on": "true", "no": "false", "off": "false"}

Value = bool | int | float | str | None


def value(scalar: Scalar, limits: Limits) -> Value:
    """The value of a scalar: quoted text is itself, other text a boolean, nothing, a number, or itself. Integers are decimal.

    Raises `Fault` (AD5004) for a whole number beyond `limits.integer_bits`. Source: YAML 1.2.2, section 10.3.

    >>> from archdsl.diagnostics import Source, Span
    >>> from archdsl.limits import DEFAULT
    >>> [value(Scalar(t, Span(Source("", t), 0, len(t))), DEFAULT) for t in ("012", "1e-5", "no", "true", "1x7")]
    [12, 1e-05, 'no', True, '1x7']
    """
    text = scalar.text
    if scalar.quoted:
        return text
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return _integer(scalar, limits)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    if re.fullmatch(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", text):
        return float(text.replace(".", ""))
    return text


def older(text: str) -> str | None:
    """What YAML 1.1 reads where YAML 1.2 reads this unquoted text or number otherwise; `None` if both agree.

    >>> older("no"), older("012"), older("3:20"), older("2024-01-01"), older("relu")
    ('false', '10', '200', 'a date', None)
    """
    if text.lower() in OLDER and text in (text.lower(), text.upper(), text.capitalize()):
        return OLDER[text.lower()]
    if not text[:1].isdigit() or len(text) > 40:
        return None
    if re.fullmatch(r"0[0-7]+", text):
        return str(int(text, 8))
    if re.fullmatch(r"[0-9]+(:[0-5]?[0-9])+", text):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return str(total)
    return "a date" if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", text) else None


def _integer(scalar: Scalar, limits: Limits) -> int:
    written = scalar.text.lstrip("+-").lstrip("0")
    digits = len(written)
    # Seen before it is computed: 10 digits need more than 33 bits.
    if digits * 33 <= limits.integer_bits * 10 + 33 and (number := int(written or "0")).bit_length() < limits.integer_bits:
        return -number if scalar.text[0] == "-" else number
    message = f"a whole number of {digits} digits does not fit; the limit `integer_bits` is {limits.integer_bits}"
    raise Fault("AD5004", scalar.span, message, help=f"raise it with `--limit integer_bits={digits * 10 // 3 + 2}`")
