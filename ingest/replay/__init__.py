"""Dead letters mended and sent again: stored once, however often and how far apart."""
