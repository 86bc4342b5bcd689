"""Who names kept files. A file that no keeper names was left behind by a crash, and is swept."""

from collections.abc import Callable, Iterable

Paths = Callable[[], Iterable[str]]

_keepers: list[Paths] = []


def register(paths: Paths) -> None:
    """`paths` gives the paths of all committed rows of one room; what it leaves out is deleted."""
    if paths not in _keepers:
        _keepers.append(paths)


def named() -> set[str]:
    return {path for paths in _keepers for path in paths()}
