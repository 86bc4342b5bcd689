"""One row: what a registry said about one domain when a worker asked it. Kept, so that pages never wait."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RegistrationOutcome(models.TextChoices):
    FOUND = "found", _("The registry names a date.")
    NO_DATE = "no_date", _("The registry knows the domain and names no date.")
    UNKNOWN = "unknown", _("The registry does not know the domain, or answers for no such ending.")
    FAILED = "failed", _("The registry could not be asked.")


class DomainRegistration(models.Model):
    # The name that was registered: police.example, for www.police.example too.
    domain = models.CharField(max_length=253, primary_key=True)
    outcome = models.CharField(max_length=10, choices=RegistrationOutcome.choices)
    registered_on = models.DateField(null=True, blank=True)
    looked_up_at = models.DateTimeField()

    class Meta:
        verbose_name = _("registration of a domain")
        verbose_name_plural = _("registrations of domains")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="found", registered_on__isnull=False)
                | (~models.Q(outcome="found") & models.Q(registered_on=None)),
                name="registration_found_has_date",
            )
        ]

    def __str__(self) -> str:
        return self.domain
