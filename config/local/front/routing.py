"""Which way a request goes, by its method and path.

Both services run the same application: a wrong class costs a wait, never a right.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_to_bytes


class Lane(StrEnum):
    """What a request waits for, and who is refused before it.

    DECLARING: what clinicians send; waits by urgency. FORMS: the pages from which they send it, and
    receipts; at most half of the intake. READS: refused first. PAGES: what leads to a form or ends
    in one, sign-in, reviewers' acts. VITAL: health, style sheets and scripts.
    """

    DECLARING = "declaring"
    FORMS = "forms"
    READS = "reads"
    PAGES = "pages"
    VITAL = "vital"


OF_THE_INTAKE = frozenset({Lane.DECLARING, Lane.FORMS})
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Paths with one way for those who read and one for those who send."""

    path: re.Pattern[str]
    reading: Lane
    sending: Lane


def _rule(path: str, reading: Lane, sending: Lane) -> Rule:
    return Rule(re.compile(path), reading, sending)


RULES: tuple[Rule, ...] = (
    _rule(r"/health/(?:live|ready|heads)", Lane.VITAL, Lane.VITAL),
    _rule(r"/health/intake", Lane.FORMS, Lane.FORMS),
    _rule(r"/metrics", Lane.VITAL, Lane.VITAL),
    _rule(r"/static/.*", Lane.VITAL, Lane.VITAL),
    # What clinicians send, and the pages from which they send it.
    _rule(r"/api/v1/declarations", Lane.READS, Lane.DECLARING),
    _rule(
        r"/api/v1/declarations/[^/]+/(?:follow-ups|messages|withdrawal)",
        Lane.READS,
        Lane.DECLARING,
    ),
    _rule(r"/api/v1/(?:authorisation-requests|dispensings)", Lane.READS, Lane.DECLARING),
    _rule(
        r"/api/v1/authorisation-requests/[^/]+/(?:answers|documents|withdrawal|dispensings(?:/correction)?)",
        Lane.READS,
        Lane.DECLARING,
    ),
    _rule(r"/declarations/nouvelle/", Lane.FORMS, Lane.DECLARING),
    _rule(r"/declarations/[^/]+/(?:complement|retrait)/", Lane.FORMS, Lane.DECLARING),
    _rule(r"/declarations/[^/]+/reponse/[^/]+/", Lane.FORMS, Lane.DECLARING),
    _rule(r"/declarer-sans-compte/.*", Lane.FORMS, Lane.DECLARING),
    _rule(r"/acces/(?:complete|dispensation)/", Lane.FORMS, Lane.DECLARING),
    _rule(r"/acces/[^/]+/dispensation/correction/", Lane.FORMS, Lane.DECLARING),
    _rule(r"/acces/[^/]+/(?:dispensation|piece|retrait)/", Lane.FORMS, Lane.DECLARING),
    _rule(r"/acces/[^/]+/reponse/[^/]+/", Lane.FORMS, Lane.DECLARING),
    # What the on-call writes down during a call.
    _rule(r"/agence/acces/astreinte/(?:accord|refus)/", Lane.FORMS, Lane.DECLARING),
    # What proves it.
    _rule(r"/api/v1/(?:receipts|spool)/.*", Lane.FORMS, Lane.DECLARING),
    _rule(r"/api/v1/keys", Lane.FORMS, Lane.FORMS),
    _rule(r"/recus/.*", Lane.FORMS, Lane.DECLARING),
    _rule(r"/declarations/[^/]+/accuse/", Lane.PAGES, Lane.PAGES),
    # What leads there.
    _rule(r"/", Lane.PAGES, Lane.PAGES),
    _rule(r"/(?:connexion|deconnexion|langue)/.*", Lane.PAGES, Lane.PAGES),
    _rule(r"/autorisations/[^/]+/", Lane.READS, Lane.PAGES),
    _rule(r"/status", Lane.PAGES, Lane.PAGES),
    _rule(r"/(?:accessibilite|mentions-legales|donnees-personnelles)/", Lane.PAGES, Lane.PAGES),
    # What can wait, when something must.
    _rule(r"/api/v1/declarations/[^/]+", Lane.READS, Lane.PAGES),
    _rule(r"/api/v1/(?:worklist|deadlines|schema|docs)", Lane.READS, Lane.PAGES),
    _rule(r"/api/v1/authorisation-requests/[^/]+", Lane.READS, Lane.PAGES),
    _rule(r"/api/v1/authorisations(?:/.*)?", Lane.READS, Lane.PAGES),
    _rule(r"/api/v1/criteria-sheets", Lane.READS, Lane.PAGES),
    _rule(r"/declarations/(?:[^/]+/)?", Lane.READS, Lane.PAGES),
    # Steps of a request that wait for the log, and the forms that lead to them.
    _rule(r"/acces/nouvelle/", Lane.PAGES, Lane.PAGES),
    _rule(r"/acces/autorisations/[^/]+/(?:renouveler|suivi|effet)/", Lane.PAGES, Lane.PAGES),
    _rule(
        r"/acces/(?!autorisations|referentiel)[^/]+/(?:modifier|pharmacie)/",
        Lane.PAGES,
        Lane.PAGES,
    ),
    _rule(r"/acces/.*", Lane.READS, Lane.PAGES),
    _rule(r"/agence/acces/astreinte/", Lane.PAGES, Lane.PAGES),
    _rule(r"/agence/.*", Lane.READS, Lane.PAGES),
    _rule(r"/admin/.*", Lane.READS, Lane.PAGES),
)


def named(method: str, path: str, rules: Iterable[Rule] = RULES) -> Lane | None:
    """Return the lane that a rule names, None for an address that no rule knows."""
    for rule in rules:
        if rule.path.fullmatch(path):
            return rule.reading if method in READING else rule.sending
    return None


def lane_of(method: str, path: str) -> Lane:
    """Return the lane; what nobody named goes with the reads, and is refused first."""
    return named(method, path) or Lane.READS


def path_of(target: str) -> str:
    """Return the path of a request target as the application will read it."""
    bare = target.partition("#")[0].partition("?")[0]
    return unquote_to_bytes(bare).decode("utf-8", "replace")


def is_api(path: str) -> bool:
    """Say whether the caller is software."""
    return path.startswith("/api/")
