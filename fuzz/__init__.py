"""Inputs that nobody would type, by the hundred thousand: each must end in a result or in a clear refusal.

`python -m fuzz` runs every target and stores what it found in checks/fuzzing.csv.
"""
