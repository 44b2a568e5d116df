"""The same analyses as R code: one script a question, and a table of how far R and this package agree."""
