"""The refusals a flow may raise. Each carries its HTTP status and a stable code; texts are for people.

Views, the API and the admin translate them in one place each (portal.ui.errors, portal.api).
"""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class PortalError(Exception):
    status = 400
    code = "bad-request"
    title: Text = _("The request could not be used")

    def __init__(self, detail: Text = "", *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code:
            self.code = code


class NotVisible(PortalError):
    """Absent, or another agency's: the two must look the same."""

    status = 404
    code = "not-found"
    title = _("Not found")


class Forbidden(PortalError):
    status = 403
    code = "forbidden"
    title = _("You may not do this")


class ProofNeeded(Forbidden):
    """Allowed, but only with a second factor proved just now: the view asks for it and goes on."""

    code = "proof-needed"
    title = _("Prove that it is you")


class WrongState(PortalError):
    """The lifecycle table has no such step from here."""

    status = 409
    code = "wrong-state"
    title = _("This cannot be done now")


class Stale(PortalError):
    """Somebody else changed the thing since the actor last saw it."""

    status = 409
    code = "stale"
    title = _("This has changed since you opened it")


class Invalid(PortalError):
    """What was given breaks a rule; `errors` names the fields."""

    status = 422
    code = "invalid"
    title = _("Some answers need attention")

    def __init__(
        self, errors: Mapping[str, Sequence[Text]] | Text, *, detail: Text = "", code: str | None = None
    ) -> None:
        if isinstance(errors, Mapping):
            self.errors = {field: list(texts) for field, texts in errors.items()}
        else:
            self.errors = {"": [errors]}
        super().__init__(detail or next(iter(self.errors.values()))[0], code=code)
