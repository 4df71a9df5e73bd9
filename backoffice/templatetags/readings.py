"""Whether what a page shows is recorded as a reading."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts import access

register = template.Library()


@register.simple_tag(takes_context=True)
def audited(context: dict[str, Any]) -> bool:
    """Say whether the reader's readings are recorded."""
    return access.may_audit(getattr(context["request"], "user", AnonymousUser()))
