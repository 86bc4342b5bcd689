"""The second factor's step at sign-in: the portal's own, unless the agency's provider has vouched for one."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from portal.identity.openid.adapter import FACTOR_AT_PROVIDER


class SecondFactorStage(AuthenticateStage):
    def _should_handle(self, request: HttpRequest) -> bool:
        """What the provider vouched for is used up here: it opens this one sign-in and no later one.

        It never counts as a fresh proof, and spares nobody the enrolment of a factor of the portal.
        """
        vouched = request.session.pop(FACTOR_AT_PROVIDER, None)
        if self.login.user is not None and vouched == str(self.login.user.pk):
            if is_mfa_enabled(self.login.user):
                record_authentication(request, self.login.user, FACTOR_AT_PROVIDER)
                return False
            # The newcomer enrols now; the provider's proof stands for the password that enrolment asks for.
            record_authentication(request, self.login.user, FACTOR_AT_PROVIDER, reauthenticated=True)
            return False
        return bool(super()._should_handle(request))
