"""From a folder of captioned, tagged pictures to batches."""
