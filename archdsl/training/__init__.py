"""Training: a recipe and data make a network good at something; what is learnt is judged, and looked at."""
