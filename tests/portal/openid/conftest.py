"""A provider on a real port, set for our agency, and an officer whom it knows."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from portal.demo import credentials
from portal.identity.openid import flows
from portal.models import SignInProvider, User
from tests.people import PASSWORD, House
from tests.portal.openid.provider import CLIENT, SECRET, Provider, running


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def set_up(house: House, provider: Provider, now: datetime) -> Callable[..., SignInProvider]:
    def set_up(**options: Any) -> SignInProvider:
        given: dict[str, Any] = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET}
        given |= options
        return flows.set_provider(house.ours.pk, actor=house.lead, now=now, **given)

    return set_up


@pytest.fixture
def officer(house: House, provider: Provider) -> User:
    """The officer, with a factor of the portal, and known to the provider."""
    user = User.objects.get(pk=house.officer.person_id)
    credentials.enrol(user, PASSWORD)
    provider.person = {"sub": "s-1", "email": user.email, "email_verified": True}
    return user
