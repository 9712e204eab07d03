"""From trained networks to files that others read: ONNX, model card; and from released checkpoints."""
