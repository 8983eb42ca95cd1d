"""What only a built network can tell. Needs torch."""
