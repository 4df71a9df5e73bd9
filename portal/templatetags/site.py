"""What the frame of every page needs."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts import access
from accounts.access import Someone
from accounts.models import Role
from portal.navigation import Link, main_links

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom the frame names; `declare_only` when this browser tells and reads nothing."""

    name: str
    role: str
    declare_only: bool


@register.simple_tag
def on_call_phones() -> list[str]:
    """Return the numbers at which somebody on call answers, none where none was set."""
    numbers = (settings.ON_CALL_PHONE, settings.ON_CALL_PHONE_ELSEWHERE)
    return [number for number in numbers if number]


@register.simple_tag
def demo_mode() -> bool:
    """Return whether the people and cases shown are invented."""
    return bool(settings.DEMO)


@register.simple_tag
def interface_languages() -> list[tuple[str, str]]:
    """Return the languages of the pages as (code, own name)."""
    return list(settings.LANGUAGES)


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[Link]:
    """Return the main links of whoever reads the page."""
    request: HttpRequest = context["request"]
    return main_links(getattr(request, "actor", AnonymousUser()), request.path)


@register.simple_tag(takes_context=True)
def signed_in(context: dict[str, Any]) -> Reader | None:
    """Return who reads the page, as her claims say it without a database; None for nobody."""
    actor: Someone = getattr(context["request"], "actor", AnonymousUser())
    if isinstance(actor, AnonymousUser) or not access.is_verified(actor):
        return None
    name = f"{actor.first_name} {actor.last_name}".strip() or getattr(actor, "username", "")
    return Reader(
        name=name,
        role=str(Role(actor.role).label) if actor.role else "",
        declare_only=access.is_declare_only(actor),
    )
