"""Tensors in, tensors out: generator, discriminator, attribute memory, text encoder."""
