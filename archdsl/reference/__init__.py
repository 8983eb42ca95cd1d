"""What there is to say of operations, functions and blocks: one source for the commands, the pages of docs/, the schema and the editor."""
