"""A body that is too large is refused by its own word."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.mark.django_db
def test_a_request_that_says_it_is_too_large_is_refused_before_it_is_read(client: Client) -> None:
    answer = client.generic(
        "POST", "/account/login/", data=b"x", CONTENT_LENGTH=str(settings.DOCUMENT_MAX_BYTES * 2)
    )
    assert answer.status_code == 413
    assert "Nothing was kept" in answer.content.decode()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_api_says_it_in_its_own_words(client: Client) -> None:
    answer = client.generic("POST", "/api/v1/campaigns/events", data=b"{}", CONTENT_LENGTH=str(10**9))
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/campaigns/nothing", "/api/v1/campaigns/events"])
def test_a_refusal_under_the_api_keeps_the_headers_of_every_answer(client: Client, path: str) -> None:
    answer = client.put(path, data="{}", content_type="application/json")
    assert answer.status_code in (404, 405)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert int(answer.headers.get("Content-Length", len(answer.content))) == len(answer.content)
