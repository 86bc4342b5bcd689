"""Acts that pause at every lock they take: two at once are sure to meet in the middle of each other."""

import re
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

LOCKING = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b|^(UPDATE|INSERT|DELETE)\b")


def dawdling(act: Callable[[], Any], pace: float, *, late: float = 0) -> Callable[[], Any]:
    """The act, with a pause of `pace` seconds at each lock; it begins `late` seconds after its turn."""

    def pausing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if LOCKING.search(sql.strip()):
            time.sleep(pace)
        return result

    def slowly() -> Any:
        time.sleep(late)
        with connection.execute_wrapper(pausing):
            return act()

    return slowly
