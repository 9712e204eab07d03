"""The built-in data set: avatars drawn from openly licensed styles, with tags and captions that are true.

One picture is one index of one seed: `sampling` chooses what is in it, `rendering` draws it, `captions` says it,
`splits` decides where it goes, and `making.make_avatars` writes the folder. What can be drawn and said is in the
tables beside this file: `styles/*.yaml`, `palettes.yaml`, `vocabulary.yaml` and `heldout.yaml`.
"""
