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
    "AD1310": "An item without content",
    "AD1311": "A key without a value",
    "AD1312": "An item without an operation",
    "AD1313": "Two operations in one item",
    "AD1314": "An argument that the wiring does not take",
    "AD1315": "A loop beside a repetition",
    "AD1316": "An else without a condition",
    "AD1317": "A one-line call of what needs the mapping form",
    "AD1318": "A call where a value stands",
    "AD1319": "A positional argument in a mapping",
    "AD1320": "A list or mapping where a text stands",
    "AD1321": "A body or operands missing",
    "AD1322": "An item where names stand",
    "AD1323": "A number as a named child",
    "AD1324": "A loop that is not written as one",
    "AD1325": "A label that is not written as one",
    "AD1326": "A brace without its partner",
    "AD2130": "A wrong count of numbers for the spatial axes",
    "AD2131": "An even kernel with padding same",
    "AD2132": "Arguments that contradict each other",
    "AD2133": "A pattern of axes that cannot be read",
    "AD2134": "A torch class or argument that does not exist",
    "AD2135": "A torch class that cannot be probed",
    "AD3110": "A tensor with the wrong axes for the operation",
    "AD3111": "No such axis",
    "AD3112": "A size that does not divide",
    "AD3113": "A window larger than the input",
    "AD3114": "Too much padding",
    "AD3115": "Sizes that do not agree",
    "AD3116": "A linear layer on an image",
    "AD3117": "A wrong number of tensors",
}
"""every code with its title, in order"""
