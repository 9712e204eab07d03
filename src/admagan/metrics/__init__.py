"""What scores are made of: features in, numbers out; the feature networks; and figures quick enough for training."""
