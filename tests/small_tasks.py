"""Tasks that need no import, for workers that are killed and started again."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Square:
    number: int

    @property
    def name(self) -> str:
        return f"square_{self.number}"


def squared(task: Square) -> list[dict[str, object]]:
    return [{"value": task.number**2}]


def killed_once(task: Square, marker: Path) -> list[dict[str, object]]:
    if task.number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return squared(task)


def killed_always(_task: Square) -> list[dict[str, object]]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []
