"""Facts about a graph, one a file: costs, receptive field, likeness, and the diagram that drawings share."""
