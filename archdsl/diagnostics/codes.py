"""The table of codes. The first two digits say where in the pipeline a fault is seen.

10 files and bytes · 11 YAML · 12 structure of a spec · 13 calls · 14 expressions and formulas · 20 names · 21 arguments and types ·
22 blocks · 23 extends, imports, variants · 30 graph and keys · 31 shapes · 40 init · 41 expect · 42 weights · 50 limits · 60 command line
"""

from __future__ import annotations

CODES: dict[str, str] = {
}
"""every code with its title, in order"""
