"""Change the choices of an analysis by hand, and see at once what they do to the answer."""

TITLE = "Explore the evidence"
