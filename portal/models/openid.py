"""One row: the OpenID Connect provider at which the people of one agency prove who they are."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.user import User


class SignInProvider(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="sign_in_provider")
    issuer = models.URLField(_("issuer"), max_length=200)
    client_id = models.CharField(_("client id"), max_length=191)
    # Encrypted with FIELD_KEYS, as the secrets of second factors are.
    client_secret = models.TextField(_("client secret"), editable=False)
    # Any one of these in the provider's answer stands for a second factor there (OpenID Connect Core, 2;
    # RFC 8176). With both lists empty the portal's own factor is always asked for on top.
    acr_values = ArrayField(models.CharField(max_length=200), verbose_name="acr", default=list, blank=True)
    amr_values = ArrayField(models.CharField(max_length=40), verbose_name="amr", default=list, blank=True)
    # The agency's people then have no other way in: a password alone, or a passkey of the portal, is refused.
    is_required = models.BooleanField(_("the only way in"), default=False)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sign-in provider")
        verbose_name_plural = _("sign-in providers")

    def __str__(self) -> str:
        return self.issuer

    @property
    def factors(self) -> list[str]:
        """What the provider may vouch with, by the names of its token's claims."""
        return [f"amr {each}" for each in self.amr_values] + [f"acr {each}" for each in self.acr_values]
