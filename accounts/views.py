"""Sign-in and sign-out pages; without a database they say what is possible."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from typing_extensions import override

from accounts import access
from accounts.credentials import actor_of
from accounts.demo import PEOPLE
from accounts.models import User
from accounts.outage import RETRY_AFTER_SECONDS, database_answers, is_outage
from accounts.sign_in import sign_out as end_sign_in
from events.spool import spool


class SignIn(LoginView):
    """Name and password; in a demonstration also one button per demo person."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True
    shut_out = False

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign in; where the database is away, say so and what is possible."""
        if not database_answers():
            return away(request)
        try:
            return super().dispatch(request, *args, **kwargs)
        except Exception as error:
            if not is_outage(error):
                raise
            return away(request)

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        demo_people = PEOPLE if settings.DEMO else ()
        return context | {"demo_people": demo_people, "shut_out": self.shut_out}


def away(request: HttpRequest) -> HttpResponse:
    """Answer that nobody can sign in now; declaring needs no sign-in, but a disk that writes."""
    may_declare = access.may_declare(actor_of(request))
    context = {"may_declare": may_declare, "takes": spool().writes()}
    answer = render(request, "accounts/away.html", context, status=503)
    answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and let this browser declare for nobody any more; needs no database."""
    end_sign_in(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def shut_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer somebody who failed too often: the sign-in page, which says when to try again."""
    page = SignIn(shut_out=True)
    page.setup(request)
    context = page.get_context_data(form=page.get_form_class()(request))
    answer = render(request, page.template_name, context, status=429)
    answer.headers["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return answer


@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo person without a password; does not exist outside a demonstration."""
    username = request.POST.get("username", "")
    if not settings.DEMO or username not in {person.username for person in PEOPLE}:
        raise Http404
    if not database_answers():
        return away(request)
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Http404
    login(request, user, backend="accounts.backends.PasswordBackend")
    return HttpResponseRedirect(_next_page(request))


def _next_page(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL)
