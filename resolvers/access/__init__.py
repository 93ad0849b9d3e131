"""Who asks, and for what they may ask."""
