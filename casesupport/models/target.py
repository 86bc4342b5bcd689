"""One row: one identifier inside a case request, as given and as understood, and what was decided."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from casesupport.lifecycle import RequestStatus
from casesupport.models.caserequest import CaseRequest
from casesupport.models.guards import only_while
from portal.kernel.identifiers import new_id
from portal.models.guards import append_only

GIVEN_MAX = 200
COMMENT_MAX = 4000


class TargetKind(models.TextChoices):
    WALLET_ADDRESS = "wallet_address", _("Wallet address")
    TRANSACTION_HASH = "transaction_hash", _("Transaction hash")
    UID = "uid", _("UID")
    EMAIL = "email", _("E-mail address")
    PHONE = "phone", _("Phone number")
    IBAN = "iban", _("IBAN")
    IP = "ip", _("IP address")
    DEVICE_ID = "device_id", _("Device id")


# The kinds whose spelling the portal can check today; the others are not accepted yet.
ACCEPTED_KINDS = (TargetKind.WALLET_ADDRESS, TargetKind.TRANSACTION_HASH, TargetKind.UID, TargetKind.EMAIL)
ON_CHAIN = (TargetKind.WALLET_ADDRESS, TargetKind.TRANSACTION_HASH)


class Chain(models.TextChoices):
    BTC = "BTC", "Bitcoin (BTC)"
    ETH = "ETH", "Ethereum (ETH)"
    TRON = "TRON", "TRON (TRX)"
    XRP = "XRP", "XRP Ledger (XRP)"
    LTC = "LTC", "Litecoin (LTC)"
    DOGE = "DOGE", "Dogecoin (DOGE)"
    BCH = "BCH", "Bitcoin Cash (BCH)"
    SOL = "SOL", "Solana (SOL)"


class Assurance(models.TextChoices):
    """How much the spelling of an identifier says about itself."""

    CHECKSUM = "checksum", _("Checksum correct")
    FORMAT = "format", _("Format only: this identifier has no checksum")
    NONE = "none", _("Taken as typed")


class TargetDecision(models.TextChoices):
    PRODUCED = "produced", _("Produced")
    PARTLY_PRODUCED = "partly_produced", _("Partly produced")
    NO_DATA = "no_data", _("No data")
    REFUSED = "refused", _("Refused")
    NARROWED = "narrowed", _("Narrowed")


class DecisionReason(models.TextChoices):
    NOT_OUR_USER = "not_our_user", _("Not our user")
    INSUFFICIENT_BASIS = "insufficient_basis", _("Insufficient legal basis")
    WRONG_ENTITY = "wrong_entity", _("Addressed to the wrong entity")
    DEFECTIVE_INSTRUMENT = "defective_instrument", _("Defective instrument: unsigned, undated or expired")
    MISSING_AUTHORITY = "missing_authority", _("Proof of authority is missing")
    TOO_BROAD = "too_broad", _("Too broad")
    CONFLICTING_OBLIGATION = "conflicting_obligation", _("Conflicting obligation")
    IDENTIFIER_INVALID = "identifier_invalid", _("Identifier is invalid")
    OUTSIDE_RETENTION = "outside_retention", _("Outside the retention period")
    NEEDS_TREATY_ROUTE = "needs_treaty_route", _("Needs the treaty route (MLAT)")
    DUPLICATE = "duplicate", _("Duplicate")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Target(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_request = models.ForeignKey(CaseRequest, on_delete=models.PROTECT, related_name="targets")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=20, choices=TargetKind.choices)
    chain = models.CharField(_("chain"), max_length=8, choices=Chain.choices, blank=True)
    given = models.CharField(_("as given"), max_length=GIVEN_MAX)
    value = models.CharField(_("as understood"), max_length=GIVEN_MAX, db_index=True)
    tag = models.CharField(_("tag"), max_length=20, blank=True)
    assurance = models.CharField(max_length=10, choices=Assurance.choices)
    decision = models.CharField(_("decision"), max_length=20, choices=TargetDecision.choices, blank=True)
    reasons = ArrayField(
        models.CharField(max_length=30, choices=DecisionReason.choices),
        verbose_name=_("reasons"),
        default=list,
        blank=True,
    )
    comment = models.TextField(_("comment"), max_length=COMMENT_MAX, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["case_request", "kind", "chain", "value", "tag"], name="target_once_per_request"
            ),
        ]
        triggers = [
            only_while(
                "target_laid_in_draft", RequestStatus.DRAFT, operation=pgtrigger.Insert | pgtrigger.Delete
            ),
            only_while("target_decided_in_triage", RequestStatus.IN_TRIAGE, operation=pgtrigger.Update),
            pgtrigger.ReadOnly(
                name="target_identity",
                fields=[
                    "id",
                    "case_request",
                    "position",
                    "kind",
                    "chain",
                    "given",
                    "value",
                    "tag",
                    "assurance",
                ],
            ),
            append_only("target")[1],
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def reason_labels(self) -> list[str]:
        return [str(DecisionReason(code).label) for code in self.reasons]
