"""The invariants I1 to I9 as queries that must return no row, one file for each pair that belongs together."""
