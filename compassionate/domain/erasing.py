"""When a patient can be erased: not while something is to be decided of her (GDPR art. 17, 3 b and c).

A decision says its reasons, of whom and why, and none could be said of somebody erased: her request could
be neither decided nor withdrawn, and a medicine that is dispensed could be neither suspended nor stopped.
Refusal codes: those of SENTENCES.
"""

from collections.abc import Iterator
from datetime import date

from compassionate.domain.authorisation import IN_LIFE
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import ENDED, RequestState
from events.errors import Problem

SENTENCES = {
    "request_undecided": "Cette demande n'est pas close : décidez-en ou faites-la retirer, puis effacez.",
    "authorisation_in_force": (
        "L'autorisation court encore, et doit pouvoir être suspendue ou retirée : effacez après sa fin."
    ),
}


def still_needed(
    request: RequestFacts, authorisation: AuthorisationFacts | None, day: date
) -> Iterator[Problem]:
    """Yield why the patient of a request can't be erased on a day."""
    if request.state not in {*ENDED, RequestState.NOT_BEGUN}:
        yield Problem("", "request_undecided", SENTENCES["request_undecided"])
    if authorisation is not None and authorisation.state_on(day) in IN_LIFE:
        yield Problem("", "authorisation_in_force", SENTENCES["authorisation_in_force"])
