"""The running number behind references: one row a year, moved on by PostgreSQL in one statement."""

from django.db import connection, models
from django.utils.translation import gettext_lazy as _


class ReferenceCounter(models.Model):
    """One row: the last number given out in this year (UTC)."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("reference counter")
        verbose_name_plural = _("reference counters")


def next_number(year: int) -> int:
    """The next number of the year. Its row stays locked until the caller commits, so no two get the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO casesupport_referencecounter (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = casesupport_referencecounter.last + 1 RETURNING last",
            [year],
        )
        return int(cursor.fetchone()[0])
