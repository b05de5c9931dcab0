"""`make clean`, after `make down`: deletes the local stack's data, the part that lies outside a deep folder too."""

from scripts.stack import places

if __name__ == "__main__":
    places.of().remove()
