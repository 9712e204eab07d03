"""Sets that are made or converted: avatars, CUB, COCO."""
