"""Effect sizes: one estimate and its variance a study, and the route each took."""
