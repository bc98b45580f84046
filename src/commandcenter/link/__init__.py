"""The wire between engine and clients."""
