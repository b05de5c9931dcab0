"""Looks over an installation: a file for each room, each of which says what is wrong in it and how that is mended."""
