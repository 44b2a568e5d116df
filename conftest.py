"""Environment of every test run; it reaches the notebooks' kernels too."""

import os

os.environ.setdefault("PYTHONHASHSEED", "0")
os.environ.setdefault("IPYKERNEL_CELL_NAME", "<cell>")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
