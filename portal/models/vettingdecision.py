"""How the vetting of an agency ended. Written once.

PostgreSQL refuses the decision of anyone who worked on the round, and an approval over a check that is open;
an agency's standing changes with such a row or not at all (portal.models.agency).
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.guards import append_only
from portal.models.user import User
from portal.models.vetting import NOTE_MAX, VettingRound


class RefusalReason(models.TextChoices):
    DOMAIN = "domain", _("The domain is not official")
    SWITCHBOARD = "switchboard", _("The switchboard did not confirm it")
    NOT_LAW_ENFORCEMENT = "not_law_enforcement", _("Not a law-enforcement body")
    DUPLICATE = "duplicate", _("The agency is known already")
    DOCUMENT = "document", _("A document is missing or defective")
    LOOKALIKE = "lookalike", _("A look-alike of another agency")
    NO_ANSWER = "no_answer", _("The agency did not answer")
    OTHER = "other", _("Another reason")


class VettingVerdict(models.TextChoices):
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class VettingDecision(models.Model):
    """One row: how one vetting ended, by somebody who had no part in it.

    Without a round: an application that was refused before anyone began to vet it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="vetting_decisions")
    round = models.OneToOneField(
        VettingRound, on_delete=models.PROTECT, null=True, blank=True, related_name="decision"
    )
    verdict = models.CharField(max_length=10, choices=VettingVerdict.choices)
    reasons = ArrayField(models.CharField(max_length=20, choices=RefusalReason.choices), default=list)
    why = models.TextField(max_length=NOTE_MAX)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on an agency")
        verbose_name_plural = _("decisions on agencies")
        ordering = ["at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict="refused") | models.Q(verdict="approved", round__isnull=False),
                name="vetting_approval_has_round",
            ),
        ]
        triggers = [
            *append_only("vetting_decision"),
            pgtrigger.Trigger(
                name="vetting_decision_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.round_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM portal_vettinground r
                        WHERE r.id = NEW.round_id AND r.agency_id = NEW.agency_id
                    ) THEN
                        RAISE EXCEPTION 'the round is of another agency' USING ERRCODE = '23514';
                    END IF;
                    IF NEW.person_id IS NOT NULL AND NEW.person_id IN (
                        SELECT begun_by_id FROM portal_vettinground WHERE id = NEW.round_id
                        UNION ALL SELECT person_id FROM portal_vettingcheck WHERE round_id = NEW.round_id
                        UNION ALL SELECT asked_by_id FROM portal_mailchallenge WHERE round_id = NEW.round_id
                    ) THEN
                        RAISE EXCEPTION 'a second person decides' USING ERRCODE = '23514';
                    END IF;
                    IF NEW.verdict = 'approved' AND (
                        EXISTS (
                            SELECT 1 FROM (
                                SELECT DISTINCT ON (kind, subject) result FROM portal_vettingcheck
                                WHERE round_id = NEW.round_id ORDER BY kind, subject, number DESC
                            ) newest WHERE result NOT IN ('passed', 'acknowledged')
                        ) OR EXISTS (
                            SELECT 1 FROM unnest(ARRAY[
                                'domain_dns', 'domain_mail', 'switchboard_callback', 'documents', 'lookalike',
                                'duplicates'
                            ]) needed WHERE needed NOT IN (
                                SELECT kind FROM portal_vettingcheck WHERE round_id = NEW.round_id
                            )
                        ) OR EXISTS (
                            SELECT 1 FROM portal_agency a, unnest(a.domains) official
                            WHERE a.id = NEW.agency_id AND official NOT IN (
                                SELECT subject FROM portal_vettingcheck
                                WHERE round_id = NEW.round_id AND kind = 'domain_dns'
                            )
                        )
                    ) THEN
                        RAISE EXCEPTION 'a check is open' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    @property
    def reason_labels(self) -> list[str]:
        return [str(RefusalReason(code).label) for code in self.reasons]
