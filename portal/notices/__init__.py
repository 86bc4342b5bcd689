"""Notices: a row for the portal, a content-free e-mail by the worker, and a sweep for what a crash left."""

from portal.notices.notify import notify

__all__ = ["notify"]
