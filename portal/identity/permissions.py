"""One's own sessions are everyone's own affair."""

import rules

from portal.access.permissions import is_person

rules.add_perm("sessions.list", is_person)
rules.add_perm("sessions.end", is_person)
rules.add_perm("sessions.end_others", is_person)
rules.add_perm("sessions.disown", is_person)
