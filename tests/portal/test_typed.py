"""What a refused form gives back: what a person wrote, not what a form says to itself or keeps secret."""

import pytest
from django.http import QueryDict

from portal.ui.typed import typed, written


def given(**fields: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "phone",
        "zh-hant",
        "0198c1d2-5d0e-7c4b-9b1a-1f2e3d4c5b6a",
        "a" * 64,
        "2026-02-28T23:59:00+00:00",
        " ",
    ],
)
def test_what_a_form_says_to_itself_is_not_given_back(text: str) -> None:
    assert written(given(seen=text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "詐騙",
        "Two words",
        "https://adcc.gov.hk/",
        "+852 18222",
        "\u202eevil",
        "<b>",
        "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
        "0x52908400098527886E0F7030069857D2E4169EE7",
    ],
)
def test_what_a_person_wrote_is(text: str) -> None:
    assert written(given(**{"scams-0-how": text})) == [("scams 0 how", text)]


@pytest.mark.parametrize(
    "name", ["again", "password", "new_password", "code", "credential", "csrfmiddlewaretoken"]
)
def test_secrets_never_are(name: str) -> None:
    assert typed(given(**{name: "a long secret"})) == []
