"""The web application: `gunicorn config.wsgi`."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.fronted import Fronted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = Fronted(get_wsgi_application(), behind_front=os.environ.get("FRONT") == "1")

# Loaded before the server forks: the first request of each process does not pay for it.
get_resolver().url_patterns  # noqa: B018

if not settings.SECRET_KEY_IS_KEPT:
    message = (
        "Set SECRET_KEY, or keep one in KEYS_DIR/django: sessions would not outlive a restart."
    )
    raise ImproperlyConfigured(message)
