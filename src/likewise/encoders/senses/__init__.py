"""Encoders of images, sounds, clips and the like: one kind of folder or file each."""
