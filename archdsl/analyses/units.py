"""Numbers as a person reads them: parameters, multiply-accumulates, bytes."""

from __future__ import annotations

_DECIMAL = ("", " K", " M", " G", " T", " P")
_BINARY = (" B", " KiB", " MiB", " GiB", " TiB", " PiB")


def human(count: int, digits: int = 4) -> str:
    """A count to `digits` significant digits.

    >>> human(11689512), human(147968, digits=3), human(64), human(999_999, digits=3)
    ('11.69 M', '148 K', '64', '1 M')
    """
    return _scaled(count, 1000, digits, _DECIMAL)


def memory(count: int, digits: int = 4) -> str:
    """Bytes in units of 1024.

    >>> memory(401408), memory(12), memory(46_758_048)
    ('392 KiB', '12 B', '44.59 MiB')
    """
    return _scaled(count, 1024, digits, _BINARY)


def macs(count: int, digits: int = 3) -> str:
    """Multiply-accumulates of one example.

    >>> macs(1_814_073_344), macs(500)
    ('1.81 GMACs', '500 MACs')
    """
    number, _, unit = human(count, digits).partition(" ")
    return f"{number} {unit}MACs"


def _scaled(count: int, base: int, digits: int, units: tuple[str, ...]) -> str:
    number, power = float(count), 0
    while abs(number) >= base - 0.5 * 10.0 ** (3 - digits) and power < len(units) - 1:
        number, power = number / base, power + 1
    if not power:
        return f"{count}{units[0]}"
    whole = len(str(int(abs(number))))
    text = f"{number:.{max(digits - whole, 0)}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{units[power]}"
