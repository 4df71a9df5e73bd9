"""How it is recorded that a holder or the ministers were told of a decision about a product."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Someone
from backoffice.access_document import DOCUMENT, document_in
from backoffice.access_form import choice, day
from backoffice.access_verb import Given, Verb
from compassionate.agency_queries import Folded
from compassionate.domain.vocabulary import Addressee, DatedMeans
from compassionate.product_documents import letter_to_tell

F = TypeVar("F", bound=Any)

ADDRESSES = {"titulaire": Addressee.HOLDER, "ministres": Addressee.MINISTERS}
"""How an addressee is named in an address of the site."""
TITLES = {
    Addressee.HOLDER: _("Consigner l’information du titulaire : %(of)s n° %(n)d"),
    Addressee.MINISTERS: _("Consigner l’information des ministres : %(of)s n° %(n)d"),
}
FIELDS = (
    day("certain_on", _("Date certaine"), required=True),
    choice("means", _("Moyen d’envoi, qui donne date certaine"), DatedMeans, required=True),
    DOCUMENT,
)
_SLUG = re.compile(rf"information-([0-9]{{1,3}})-({'|'.join(ADDRESSES)})")


def address_of(to: Addressee) -> str:
    """Return how an addressee is named in an address of the site."""
    return next(name for name, one in ADDRESSES.items() if one is to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling(Generic[F]):
    """The verbs that record what was told: of which kind of decision, by which letter, and how."""

    of: str | Promise
    letter: Callable[[Someone, Any, int, Addressee], bytes]
    act: Callable[[Given[Folded[F]], Mapping[str, Any]], bool]

    def offered(self, one: Folded[F]) -> list[Verb[Folded[F]]]:
        """Return one verb for each thing that is still to be told."""
        return [self._verb(left.decision, left.to) for left in one.facts.to_tell]

    def named(self, slug: str) -> Verb[Folded[F]] | None:
        """Return a verb by its address, told already or not: it may be sent twice."""
        found = _SLUG.fullmatch(slug)
        return self._verb(int(found[1]), ADDRESSES[found[2]]) if found else None

    def _verb(self, decision: int, to: Addressee) -> Verb[Folded[F]]:
        def known(one: Folded[F], request: HttpRequest) -> Mapping[str, str]:
            found = letter_to_tell(one, decision, to)
            # Once it is signed, here or on paper, it has another hash.
            if found.waits:
                return {}
            letter = self.letter(request.user, one.id, found.version, to)
            return {"document": sha256(letter).hexdigest()}

        def give(given: Given[Folded[F]]) -> bool:
            form = given.form
            said = {
                "decision": decision,
                "to": to,
                "certain_on": form.day("certain_on"),
                "means": form.one("means", DatedMeans),
                "document": document_in(given),
            }
            return form.sound and self.act(given, said)

        return Verb(
            slug=f"information-{decision}-{address_of(to)}",
            title=TITLES[to] % {"of": self.of, "n": decision},
            button=_("Consigner l’information"),
            fields=FIELDS,
            give=give,
            known=known,
            upload=True,
        )
