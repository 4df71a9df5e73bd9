"""Sign-in and sign-out pages."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from typing_extensions import override

from accounts.demo import PEOPLE
from accounts.models import User


class SignIn(LoginView):
    """Name and password; in a demonstration also one button per demo person."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True
    shut_out = False

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        demo_people = PEOPLE if settings.DEMO else ()
        return context | {"demo_people": demo_people, "shut_out": self.shut_out}


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
