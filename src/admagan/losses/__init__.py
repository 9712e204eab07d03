"""Loss terms, and the objective that puts them together."""
