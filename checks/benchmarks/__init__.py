"""How long the methods take beside other packages, on the same data in the same run.

python -m checks.benchmarks
"""
