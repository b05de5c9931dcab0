"""Plain rules of the house: no I/O, no framework; everybody may import it."""
