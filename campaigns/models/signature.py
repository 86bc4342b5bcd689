"""What the portal's key says about a publication, kept beside it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.publication import Publication
from portal.models.guards import append_only

KEY_LENGTH = 43
SIGNATURE_LENGTH = 86


class PublicationSignature(models.Model):
    """One row: a key of ours signed this publication (campaigns.client.publication says over what).

    The first is made in the transaction that publishes; another only when keys are changed (`manage.py
    sign_publications`). Delivery takes the newest by a key that it trusts, and serves nothing without one.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="signatures")
    key = models.CharField(max_length=KEY_LENGTH)  # RFC 7638 thumbprint
    signature = models.CharField(max_length=SIGNATURE_LENGTH)  # base64url
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("publication signature")
        verbose_name_plural = _("publication signatures")
        constraints = [models.UniqueConstraint(fields=["publication", "key"], name="signed_once_by_a_key")]
        triggers = append_only("publication_signature")
