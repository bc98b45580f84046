"""One module per kind of agent; they do not know each other."""
