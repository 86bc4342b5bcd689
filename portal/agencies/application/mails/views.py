"""The buttons of whoever waits for a confirmation: send the link again, and correct whom it goes to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.access import public
from portal.agencies.application.forms import SupervisorForm
from portal.agencies.application.limits import count
from portal.agencies.application.mails import flows
from portal.agencies.application.status import application_of
from portal.agencies.application.views import GET_OR_POST, REASON, actor_of, gone, is_own, sent_of
from portal.kernel.errors import Invalid, NotVisible, WrongState


@require_POST
@never_cache
@public("whoever holds the applicant's secret link may have the mail sent again, and learns nothing by it")
def resend(request: HttpRequest, token: str) -> HttpResponse:
    """The same answer whether a mail goes out now, later, or not at all."""
    count(request, "resend")
    now = timezone.now()
    try:
        application = application_of(token, now)
        flows.resend(application.pk, actor=actor_of(request), now=now)
    except WrongState:  # confirmed meanwhile
        return redirect("agencies-apply-status", token)
    except NotVisible:
        return gone(request)
    if not is_own(request, application):
        text = _("The newest link goes to the first supervisor. Only the newest one works.")
        messages.success(request, text)
        return redirect("agencies-apply-status", token)
    _say_where(request, application.supervisor_email)
    return redirect("agencies-apply-sent")


@GET_OR_POST
@never_cache
@public(REASON)
def correct(request: HttpRequest) -> HttpResponse:
    """For the session that sent it, which alone has seen the address."""
    now = timezone.now()
    application = sent_of(request)
    if application is None or not application.is_open_at(now):
        return redirect("agencies-apply-sent")
    before = {name: getattr(application, name) for name in flows.SUPERVISOR}
    form = SupervisorForm(
        request.POST if request.method == "POST" else before, earlier=flows.given_of(application)
    )
    if request.method == "POST":
        count(request, "correct")
    if request.method == "POST" and form.is_valid():
        try:
            application = flows.correct(application.pk, actor=actor_of(request), now=now, **form.cleaned_data)
        except Invalid as refused:
            for name, texts in refused.errors.items():
                form.add_error(name, [str(text) for text in texts])
        except (NotVisible, WrongState):  # run out or confirmed, a moment ago
            return redirect("agencies-apply-sent")
        else:
            _say_where(request, application.supervisor_email)
            return redirect("agencies-apply-sent")
    status = 422 if request.method == "POST" else 200
    return render(request, "agencies/application/correct.html", {"form": form}, status=status)


def _say_where(request: HttpRequest, email: str) -> None:
    text = _("The newest link goes to %(email)s. Only the newest one works.")
    messages.success(request, text % {"email": email})
