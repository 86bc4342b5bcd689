"""Whoever applies has no role: a session or a link is the proof. Only jobs enter an agency without that."""

import rules

from portal.access.permissions import is_system

rules.add_perm("agencies.enter", is_system)
rules.add_perm("applications.forget", is_system)
