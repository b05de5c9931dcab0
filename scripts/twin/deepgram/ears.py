"""Which words are in which sound: documents by the sha256 of the audio."""

import hashlib
from pathlib import Path

from scripts.twin.kept import Kept

LEARNED = 1_000


class Ears:
    """A folder of ``<name>.wav`` beside ``<name>.json``, and what a control call taught."""

    def __init__(self, folder: Path | None) -> None:
        """Read the folder. Raises FileNotFoundError that names it if it is not there."""
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(f"{folder} is no folder; --ears takes one with <name>.wav and <name>.json")
        self._sounds = {path.stem: path for path in sorted(folder.glob("*.wav"))} if folder else {}
        self._known = {
            hashlib.sha256(path.read_bytes()).hexdigest(): path.with_suffix(".json").read_bytes()
            for path in self._sounds.values()
            if path.with_suffix(".json").exists()
        }
        self._learned: Kept[bytes] = Kept(LEARNED)

    def learn(self, sha256: str, document: bytes) -> None:
        """From now on this is heard in that audio."""
        self._learned.put(sha256, document)

    def document(self, sha256: str) -> bytes | None:
        """What is heard in it, if that is known."""
        return self._learned.get(sha256) or self._known.get(sha256)

    def sound(self, name: str) -> bytes | None:
        """The folder's audio of that name."""
        path = self._sounds.get(name)
        return path.read_bytes() if path else None

    def forget(self) -> None:
        """Forget what was taught."""
        self._learned.clear()
