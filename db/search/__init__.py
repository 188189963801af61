"""Search in every script of the region: one folding, one cut into words, one way to ask, for desk and site."""
