"""One page of a list, by what the address says: ?page=2&size=50. What makes no sense there is put right."""

from dataclasses import dataclass
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import F, Max, QuerySet
from django.http import HttpRequest

SIZES = (25, 50, 100, 200)
MAX_SIZE = SIZES[-1]
NEAR = 5000  # rows from the edge of a stretch within which what is common is met


def page_size(request: HttpRequest, default: int = SIZES[0]) -> int:
    given = request.GET.get("size", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        return default
    return min(max(int(given), 1), MAX_SIZE)


class ListPage(Page):
    """Knows which page numbers and sizes to offer."""

    sizes = SIZES

    @property
    def shown_pages(self) -> list[int | str]:
        return list(self.paginator.get_elided_page_range(self.number, on_each_side=1, on_ends=1))


class ListPaginator(Paginator):
    def _get_page(self, *args: Any, **kwargs: Any) -> ListPage:
        return ListPage(*args, **kwargs)


def paginate(request: HttpRequest, things: Any, *, size: int = SIZES[0]) -> ListPage:
    """`things` is an ordered queryset or a list; give the answer to elements/pagination.html as `page`."""
    page = ListPaginator(things, page_size(request, size)).get_page(request.GET.get("page"))
    return cast(ListPage, page)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of a list too long to be counted or skipped through: by the number of its first or last row."""

    rows: list[Any]
    size: int
    older: int | None  # for ?before=: there are rows below this number
    newer: int | None  # for ?after=: there are rows above it
    sizes: tuple[int, ...] = SIZES


def stretch(
    request: HttpRequest, things: QuerySet[Any], *, key: str, size: int = SIZES[1], few: bool = False
) -> Stretch:
    """?before=120 or ?after=120 of a queryset, newest first by a unique whole number; give it to
    elements/stretch.html as `page`. Costs the same on the first page and on the ten-thousandth.

    `few`: what is searched for may be rare; see _near_or_all.
    """
    read = _near_or_all if few else _leafed
    wanted = page_size(request, size)
    before, after = _number(request, "before"), _number(request, "after")
    if after is not None and before is None:
        rows = read(things, key, after, wanted + 1, up=True)
        if len(rows) > wanted:
            rows = rows[wanted - 1 :: -1]
            return Stretch(rows, wanted, older=getattr(rows[-1], key), newer=getattr(rows[0], key))
        # nothing more above: this is the newest page
    rows = read(things, key, before, wanted + 1, up=False)
    more, rows = len(rows) > wanted, rows[:wanted]
    newer = None if before is None else (getattr(rows[0], key) if rows else before - 1)
    return Stretch(rows, wanted, older=getattr(rows[-1], key) if more else None, newer=newer)


def _leafed(things: QuerySet[Any], key: str, edge: int | None, count: int, *, up: bool) -> list[Any]:
    """The next ones from the edge, in the order of the key's own index."""
    if edge is not None:
        things = things.filter(**{f"{key}__{'gt' if up else 'lt'}": edge})
    return list(things.order_by(key if up else f"-{key}")[:count])


def _near_or_all(things: QuerySet[Any], key: str, edge: int | None, count: int, *, up: bool) -> list[Any]:
    """What is common is found near the edge. What is rare is gathered by the search's own index: ordered by
    the key alone, the planner would hope to meet it soon, and leaf through everything."""
    if edge is None:
        edge = (things.model._default_manager.aggregate(last=Max(key))["last"] or 0) + 1
    near = {f"{key}__lt": edge + NEAR} if up else {f"{key}__gt": edge - NEAR}
    rows = _leafed(things.filter(**near), key, edge, count, up=up)
    if len(rows) == count:
        return rows
    beyond = things.filter(**{f"{key}__{'gt' if up else 'lt'}": edge})
    order = F(key) + 0
    return list(beyond.order_by(order.asc() if up else order.desc())[:count])


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
