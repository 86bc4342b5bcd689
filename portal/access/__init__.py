"""Who may do what: predicates in permissions.py, doors for views here. Forgetting a door means denied."""

from portal.access.cooling import check_cooled, cooling_until
from portal.access.doors import public, requires
from portal.access.permissions import allowed, check
from portal.access.scope import scope_of, scope_of_applicant
from portal.access.standing import hold_agencies, hold_agency, hold_standing

__all__ = [
    "allowed",
    "check",
    "check_cooled",
    "cooling_until",
    "hold_agencies",
    "hold_agency",
    "hold_standing",
    "public",
    "requires",
    "scope_of",
    "scope_of_applicant",
]
