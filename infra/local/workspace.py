"""Where a local stack keeps its things: one directory, `.local` of the repository unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workspace:
    """The directory of one stack. Build results do not depend on the stack, so private stacks of tests share them."""

    directory: Path
    source: Path = ROOT
    shared: Path = ROOT / ".local"

    @property
    def engine(self) -> Path:
        """State, pid and log of the engine."""
        return self.directory / "engine"

    @property
    def logs(self) -> Path:
        """One log file per function."""
        return self.directory / "logs"

    @property
    def stack_file(self) -> Path:
        """The description of the running stack."""
        return self.directory / "stack.json"

    @property
    def build(self) -> Path:
        """Built layers and packed functions, by content."""
        return self.shared / "build"

    @property
    def unpacked(self) -> Path:
        """Code and layers as the functions' processes see them, by content."""
        return self.shared / "unpacked"


def default_workspace() -> Workspace:
    """The stack that `make run` works on."""
    return Workspace(ROOT / ".local")
