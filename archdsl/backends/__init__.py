"""What a graph becomes, one target a file, named by the word typed on the command line."""
