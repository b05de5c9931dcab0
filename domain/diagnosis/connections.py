"""How many connections to PostgreSQL a house opens at most, and the pool with which they fit."""

from dataclasses import dataclass, replace

# a release, a command or this very diagnosis, beside the processes that always run
OF_COMMANDS = 1
# sweeper of a worker's parent process
OF_A_PARENT = 1


@dataclass(frozen=True, slots=True)
class House:
    """Its processes: ``web`` on all machines together, ``children`` of each worker. Under load a pool is twice ``pool_size``."""

    web: int
    children: tuple[int, ...]
    pool_size: int

    @property
    def at_most(self) -> int:
        """Connections when everything is busy; beat and Flower open none worth counting."""
        pool = 2 * self.pool_size
        return self.web * pool + sum(number * pool + OF_A_PARENT for number in self.children) + OF_COMMANDS

    def told(self) -> str:
        """The sum, as docs/deploy.md has it."""
        pool = 2 * self.pool_size
        workers = [f"a worker {number} x {pool} + {OF_A_PARENT}" for number in self.children]
        return f"{' + '.join([f'web {self.web} x {pool}', *workers, f'commands {OF_COMMANDS}'])} = {self.at_most}"

    def fitting(self, limit: int) -> int | None:
        """The largest ``pool_size`` with which it fits; None if none does."""
        sizes = range(self.pool_size, 0, -1)
        return next((size for size in sizes if replace(self, pool_size=size).at_most <= limit), None)
