"""How often do the intervals of this review hold the truth? Simulated trials whose answers are known."""
