"""What is written down: records of a data set, attributes, model and training settings, reports."""
