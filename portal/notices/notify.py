"""Tell people that something waits for them. Called inside a flow's transaction; mailed after its commit."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from portal.kernel.actor import Role
from portal.models import Membership, Notice, User
from portal.models.notice import NoticeKind
from portal.notices.tasks import mail


def notify(kind: str, *, people: Iterable[User], path: str) -> None:
    """One notice per person. The e-mail is sent by the worker; a crash before that is swept up later."""
    if kind not in NoticeKind.values:
        raise LookupError(f"No such kind of notice: {kind}")
    for person in {user.pk: user for user in people}.values():
        notice = Notice.objects.create(person=person, kind=kind, path=path)
        _hand_over(str(notice.pk))


def _hand_over(notice_id: str) -> None:
    """To the worker, after the commit. With the broker away the act stands, and the sweep finds it."""
    transaction.on_commit(lambda: mail.delay(notice_id), robust=True)


def people_with(*roles: Role, agency_id: UUID | None = None) -> list[User]:
    """Everyone who holds one of the roles now, at the agency or (None) at the exchange."""
    return [
        membership.user
        for membership in Membership.objects.filter(
            role__in=roles, agency=agency_id, ended_at=None, suspended_at=None, user__is_active=True
        ).select_related("user")
    ]
