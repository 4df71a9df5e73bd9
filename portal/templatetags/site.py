"""What the frame of every page needs."""

from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from portal.navigation import Link, main_links

register = template.Library()


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
    user = getattr(request, "user", AnonymousUser())
    return main_links(user, request.path)
