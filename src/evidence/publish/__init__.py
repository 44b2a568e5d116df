"""Everything the review writes: notebooks, figures, documents, summary."""
