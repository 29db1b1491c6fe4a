"""Text encoders: one kind of network per file, each from a model folder."""
