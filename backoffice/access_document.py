"""A document that is known by its SHA-256: joined to a form, or typed."""

import hashlib
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.access_form import text
from backoffice.access_verb import Given
from compassionate.domain.acts import hash_problems

DOCUMENT = text("document", _("Empreinte SHA-256 du document, s’il n’est pas joint"))


def document_in(given: Given[Any]) -> str:
    """Return the hash of the document that was joined, else the one that was typed."""
    form = given.form
    uploaded = given.request.FILES.get(f"{form.name}.upload")
    if uploaded is not None and not isinstance(uploaded, list):
        hashed = hashlib.sha256()
        for part in uploaded.chunks():
            hashed.update(part)
        # Kept in its field: nothing is lost where something else is refused.
        form.typed["document"] = [hashed.hexdigest()]
    document = form.text("document").lower()
    if document:
        form.take_problems(hash_problems(document))
    return document
