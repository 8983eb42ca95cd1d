"""Modules that torch lacks: plain torch code, a class a file, which emitted files carry as text."""
