"""What whoever assesses a request should know of what lies beside it; nothing of it decides."""

import unicodedata
from collections.abc import Iterator

from compassionate.domain.authorisation_facts import STOPPED, AuthorisationFacts
from compassionate.domain.vocabulary import ABOUT_ONE, AuthorisationState, RequestKind
from events.errors import Problem

YEARS_APART = 1
"""By how many years two told ages of one patient may differ (§5.3 7)."""
WHY_NOT = {
    AuthorisationState.WITHDRAWN: (
        "Cette autorisation est retirée : elle ne se renouvelle pas (CSP R5121-74-4). Faites une demande "
        "initiale."
    ),
    AuthorisationState.ABROGATED: (
        "Cette autorisation est abrogée : elle ne se renouvelle pas (CSP R5121-74-4). Faites une demande "
        "initiale."
    ),
    AuthorisationState.CEASED: (
        "Cette autorisation a cessé après l'AMM (CSP R5121-74-9) : prescrivez la spécialité autorisée."
    ),
}


def same_name(one: str | None, other: str | None) -> bool:
    """Say whether two names of products are one, whatever the accents, the capitals and the spaces."""
    return bool(one) and bool(other) and _plain(one or "") == _plain(other or "")


def may_be_same(one: str | None, other: str | None) -> bool:
    """Say whether two ages, `54 year`, may be of one patient; one that is untold may be any."""
    if not one or not other:
        return True
    (count, unit), (counted, united) = one.split(), other.split()
    if unit != united:
        # Months are told under two years.
        return False
    return abs(float(count) - float(counted)) <= YEARS_APART


def renewal_problems(
    kind: RequestKind | None, previous: AuthorisationFacts | None
) -> Iterator[Problem]:
    """Yield why nothing can be renewed: what was ended by a decision is asked for anew (R5121-74-4)."""
    if kind not in ABOUT_ONE or previous is None or previous.state not in STOPPED:
        return
    yield Problem("/renews", "previous_stopped", WHY_NOT[previous.state])


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(one for one in apart if not unicodedata.combining(one)).split())
