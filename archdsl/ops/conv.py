"""Convolutions: one class for one, two and three spatial axes, by what flows in."""

from __future__ import annotations
