"""The test kit, shipped: a hand-set clock, worlds to look at, a link without an engine."""
