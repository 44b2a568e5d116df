"""The numbers of the review in the formats of other programs."""
