"""The budgets that keep a spec from a stranger harmless, as data.

Every limit has one name, one value and one sentence. Code asks the `Limits` it was given; nothing reads the defaults behind its back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds on what one run may read, compute and build.

    >>> Limits().layers
    100000
    """

    file_bytes: int = 2**20
    """bytes of one file"""
    depth: int = 64
    """nesting of lists and mappings in a file"""
    nodes: int = 200_000
    """scalars, lists and mappings of a file, every use of an alias counted in full"""
    imports: int = 64
    """files that one spec may import or extend"""
    import_depth: int = 8
    """files that import each other in a chain"""
    expression_length: int = 512
    """characters of an expression"""
    formula_length: int = 4_096
    """characters of a formula"""
    expression_nodes: int = 200
    """nodes of an expression"""
    formula_nodes: int = 2_000
    """nodes of a formula"""
    expression_depth: int = 32
    """nesting of an expression"""
    steps: int = 100_000
    """steps that the evaluation of one expression may take"""
    total_steps: int = 2_000_000
    """steps that all expressions of a network may take together"""
    integer_bits: int = 64
    """bits of a whole number"""
    layers: int = 100_000
    """layers after every loop is expanded"""
    calls: int = 100_000
    """layers and functions that are made one after another; equal blocks are made once, and a block counts for three more"""
    variants: int = 200
    """variants of a family"""
    block_depth: int = 64
    """blocks that call each other in a chain"""
    channels: int = 2**20
    """channels or features of a tensor"""
    size: int = 2**16
    """height, width, depth or length of a tensor"""
    bytes: int = 2**36
    """bytes of all parameters, and of one activation"""
    memory: int = 0
    """bytes that `build` may take; 0 stands for what the device has free"""
    boxes: int = 2_000
    """boxes of a drawing"""
    messages: int = 50
    """messages shown in one run"""


DEFAULT = Limits()
