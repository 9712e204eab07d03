"""Run a model folder without torch: tokenizer, tagger, ONNX sessions, pipeline."""
