"""Faults: one record, one table of codes, and a printer a file."""

from archdsl.diagnostics.codes import CODES
from archdsl.diagnostics.record import Diagnostic, Edit, Fault, Label, Refused, Severity, Source, Span, SpecError

__all__ = ["CODES", "Diagnostic", "Edit", "Fault", "Label", "Refused", "Severity", "Source", "Span", "SpecError"]
