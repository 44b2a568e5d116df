"""Keep the review alive: add studies and take them back, compare versions, keep the log."""
