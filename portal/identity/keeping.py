"""A form that could not be taken yet: kept sealed in the session, for its person alone, for a short time."""

import json
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.http import HttpRequest, QueryDict

from portal.identity.fieldkeys import encrypt, keys
from portal.ui.typed import TOKEN


@dataclass(frozen=True, slots=True)
class Kept:
    path: str  # with its query
    back: str  # the page the form was on
    post: str  # as it came, url-encoded
    files: int  # how many could not be kept

    @property
    def fields(self) -> QueryDict:
        return QueryDict(self.post)


def keep(request: HttpRequest, *, person_id: str, back: str) -> str:
    """Sealed: neither the database's nor the cache's reader learns what a case request was going to say."""
    post = request.POST.copy()
    post.pop(TOKEN, None)
    content = {
        "person": person_id,
        "path": request.get_full_path(),
        "back": back,
        "post": post.urlencode(),
        "files": len(request.FILES),
    }
    return encrypt(json.dumps(content))


def kept(sealed: str, *, person_id: str, seconds: int) -> Kept | None:
    """None when it is another person's, too old, or was not sealed by us."""
    try:
        content = json.loads(keys().decrypt(sealed.encode(), ttl=seconds))
    except InvalidToken:
        return None
    if content.pop("person") != person_id:
        return None
    return Kept(**content)
