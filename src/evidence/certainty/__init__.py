"""How sure, and so what: risk of bias, certainty of the evidence, verdicts."""
