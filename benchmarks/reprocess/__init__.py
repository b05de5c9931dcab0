"""A batch beside live work: what is asked, what it costs, what it does to live webhooks, whether a kill or an undo leaves a trace."""
