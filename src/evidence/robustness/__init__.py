"""Does it hold? The same question under other choices."""
