"""The table of codes. The first two digits say where in the pipeline a fault is seen.

10 files and bytes · 11 YAML · 12 structure of a spec · 13 calls · 14 expressions and formulas · 20 names · 21 arguments and types ·
22 blocks · 23 extends, imports, variants · 30 graph and keys · 31 shapes · 40 init · 41 expect · 42 weights · 50 limits · 60 command line
"""

from __future__ import annotations

CODES: dict[str, str] = {
    "AD1301": "A bracket or quote without its partner",
    "AD1302": "A positional argument after a named one",
    "AD1303": "Spaces around the equals sign of an argument",
    "AD1304": "Spaces in the value of a one-line call",
    "AD1305": "A call written with brackets and commas",
    "AD1306": "An argument given twice",
    "AD1307": "No name at the start of a call",
    "AD1308": "An argument without a value",
}
"""every code with its title, in order"""
