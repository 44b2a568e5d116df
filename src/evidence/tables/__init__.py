"""The tables: read, validated, described, and the questions asked of them."""
