"""The vocabulary both processes share; pure, no I/O."""
