"""The language server: answers about one document and one place in it, and the thin shell that speaks the protocol (`server`)."""
