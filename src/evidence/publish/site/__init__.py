"""The review as a folder of pages that need nothing but each other: no network, no Python."""
