"""One page of a list, by what the address says: ?page=2&size=50. What makes no sense there is put right."""

from dataclasses import dataclass
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest

SIZES = (25, 50, 100, 200)
MAX_SIZE = SIZES[-1]


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

    `few`: what is searched for is rare. The planner believes that rows which fit lie evenly along the key,
    and would leaf through all of them; ordered by a sum, it gathers what fits by the search's own index.
    """
    wanted = page_size(request, size)
    order = F(key) + 0 if few else F(key)
    before, after = _number(request, "before"), _number(request, "after")
    if after is not None and before is None:
        rows = list(things.filter(**{f"{key}__gt": after}).order_by(order.asc())[: wanted + 1])
        if len(rows) > wanted:
            rows = rows[wanted - 1 :: -1]
            return Stretch(rows, wanted, older=getattr(rows[-1], key), newer=getattr(rows[0], key))
        before = None  # nothing more above: this is the newest page
    found = things if before is None else things.filter(**{f"{key}__lt": before})
    rows = list(found.order_by(order.desc())[: wanted + 1])
    more, rows = len(rows) > wanted, rows[:wanted]
    newer = None if before is None else (getattr(rows[0], key) if rows else before - 1)
    return Stretch(rows, wanted, older=getattr(rows[-1], key) if more else None, newer=newer)


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
