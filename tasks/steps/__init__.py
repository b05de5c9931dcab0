"""The four steps of the chain, one file each. A body is one idea; the decorator does the rest."""
