"""One page of a list, by what the address says: ?page=2&size=50. What makes no sense there is put right."""

from typing import Any, cast

from django.core.paginator import Page, Paginator
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
