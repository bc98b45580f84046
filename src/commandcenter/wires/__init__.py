"""Pure codecs of the model protocols: bytes to pieces and back, no I/O."""
