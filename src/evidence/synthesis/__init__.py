"""Synthesis: pooled estimates and the answers to the questions."""
