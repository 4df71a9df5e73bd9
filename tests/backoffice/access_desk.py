"""People, a published criteria sheet and requests, as the agency's pages of compassionate access meet them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from compassionate import acting, documents, sending
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_sheet import OpenSheet, PrepareCriteria, PublishCriteria
from compassionate.domain.prescription import Dispensing, PharmacyPart, Prescription
from compassionate.domain.vocabulary import RequestKind
from compassionate.streams import product_id, request_facts, request_stream
from events.days import PARIS
from events.handle import history
from events.number import parse
from tests.compassionate.samples import ANSWERS, CRITERIA, GROUNDS, PART, PHARMACY
from tests.compassionate.scene import delegated
from tests.portal.sending import browser, projected, visible

HOME = "/agence/acces/"
PRODUCT, INDICATION = "nirogacestat", "desmoide"
SHEETS, HOLDERS = f"{HOME}referentiel/", f"{HOME}titulaires/"
SHEET = f"{SHEETS}{product_id(PRODUCT, INDICATION)}/"
HOLDER = f"{HOLDERS}{product_id(PRODUCT, INDICATION)}/"
AUTHORISATIONS, CALLS = f"{HOME}autorisations/", f"{HOME}astreinte/"
DELEGATIONS, LISTS, TO_TELL = f"{HOME}delegations/", f"{HOME}listes/", f"{HOME}a-faire-savoir/"
PARAMETERS = f"{HOME}parametres/"
FINESS = "759900012"
MORE_PEOPLE = {
    "astreinte": Role.ON_CALL,
    "referentiel": Role.CRITERIA_EDITOR,
    "juriste": Role.LEGAL,
    "auditeur": Role.AUDITOR,
    "evaluateur2": Role.REVIEWER,
    "signataire2": Role.SIGNATORY,
}


def agency_people(people: Mapping[str, User]) -> dict[str, User]:
    """Return the demo people, and one of each further role of the agency."""
    agency = people["evaluateur"].institution
    more = {
        name: User.objects.create(
            username=name,
            first_name=name.capitalize(),
            last_name="Essai",
            role=role,
            profession="Essai",
            institution=agency,
            department="93",
        )
        for name, role in MORE_PEOPLE.items()
        if name not in people
    }
    everybody = {**people, **more}
    for name in ("signataire", "signataire2"):
        delegated(everybody["juriste"], everybody[name])
    return everybody


def ago(**span: int) -> datetime:
    return timezone.now() - timedelta(**span)


def published(
    people: Mapping[str, User], criteria: tuple[Criterion, ...] = CRITERIA, **said: Any
) -> None:
    """Open a criteria sheet, prepare its criteria and publish them, a month ago."""
    at = ago(days=30)
    opened = {
        "product_name": "NIROGACESTAT",
        "indication_text": "Tumeurs desmoïdes",
        "holder": "Laboratoire d’essai",
        **said,
    }
    prepared = {"criteria": criteria, "max_days": 200}
    editor, signatory = people["referentiel"], people["signataire"]
    for user, act, fields in (
        (editor, OpenSheet, opened),
        (editor, PrepareCriteria, prepared),
        (signatory, PublishCriteria, {"in_force_from": at}),
    ):
        acting.act_on_sheet(
            user, PRODUCT, INDICATION, act, fields, idempotency_key=str(uuid4()), now=at
        )


def part(**said: Any) -> Prescription:
    """Return a prescriber's part that answers the first version of the criteria."""
    usual = replace(PART, criteria_version=1, criteria=ANSWERS, file_number=f"D-{uuid4().hex[:6]}")
    return replace(usual, **said)


def off_criteria(**said: Any) -> Prescription:
    """Return a part for a product that is on no list, with its grounds."""
    return part(
        product=None, indication=None, criteria=(), criteria_version=None,
        undertakes_criteria=False, justification=GROUNDS, **said,
    )  # fmt: skip


def requested(
    people: Mapping[str, User],
    prescription: Prescription | None = None,
    *,
    given: Dispensing | None = None,
    at: datetime | None = None,
) -> str:
    """Send a whole request as the pharmacist; return its number."""
    pharmacy: PharmacyPart = replace(PHARMACY, dispensing=given)
    done = sending.submit_request(
        people["ph.bernard"],
        RequestKind.INITIAL,
        prescription or part(),
        pharmacy,
        idempotency_key=str(uuid4()),
        now=at or ago(minutes=30),
    )
    assert done.version is not None
    projected()
    return done.number


def one(number: str) -> str:
    return f"{HOME}demandes/{number}/"


def today(**span: int) -> str:
    """Return a day as it is typed, so many days from today."""
    return (timezone.localdate(timezone=PARIS) + timedelta(**span)).strftime("%d/%m/%Y")


def read(client: Client, address: str) -> str:
    """Return what a page says, which must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return visible(answer.text)


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found[1]


def act(client: Client, address: str, verb: str, **said: Any):
    """Post a verb of a page with its key and version, and with what its form begins with."""
    page = client.get(address).text
    typed = {f"{verb}.{name}": value for name, value in {**prefilled(page, verb), **said}.items()}
    posted = {"key": hidden(page, "key"), "version": hidden(page, "version"), **typed}
    answer = client.post(f"{address}{verb}/", posted)
    projected()
    return answer


def done(client: Client, address: str, verb: str, **said: Any) -> None:
    """Give a verb that must be taken."""
    answer = act(client, address, verb, **said)
    assert answer.status_code == 302, visible(answer.text)


def prefilled(html: str, verb: str) -> dict[str, Any]:
    """Return what the form of a verb begins with."""
    found = dict(
        re.findall(rf'<input class="fr-input"[^>]*name="{verb}\.([a-z_-]+)" value="([^"]*)"', html)
    )
    texts = rf'<textarea[^>]*name="{verb}\.([a-z_-]+)"[^>]*>\n(.*?)</textarea>'
    return found | dict(re.findall(texts, html, re.DOTALL)) | _ticked(html, verb)


def _ticked(html: str, verb: str) -> dict[str, list[str]]:
    boxes = re.findall(rf'name="{verb}\.([a-z_-]+)" value="([^"]*)" checked', html)
    return {name: [value for one, value in boxes if one == name] for name, _ in boxes}


SIGNED = {"delegation": "DG 2026-12"}


def taken_up(people: Mapping[str, User], number: str, by: str = "evaluateur") -> None:
    done(browser(people[by]), one(number), "prise-en-charge", no_interest="yes")


def granted(people: Mapping[str, User], number: str) -> str:
    """Take up, propose and grant; return the number of the authorisation."""
    taken_up(people, number)
    done(browser(people["evaluateur"]), one(number), "proposer-accord")
    done(browser(people["signataire"]), one(number), "accord", **SIGNED)
    found = request_facts(parse(number)).number
    assert found is not None
    return found


def corrected(people: Mapping[str, User], number: str, given: datetime) -> None:
    """Say as its pharmacist that a dose was given a day before."""
    sending.correct_dispensing(
        people["ph.bernard"],
        parse(number),
        given,
        Dispensing(at=given - timedelta(days=1), quantity="30", batch="B2"),
        "Date mal recopiée.",
        idempotency_key=str(uuid4()),
    )
    projected()


def left(people: Mapping[str, User]) -> tuple[str, str]:
    """Grant a request outside the téléservice; return its number and the address of the signing."""
    number = requested(people)
    taken_up(people, number)
    done(browser(people["evaluateur"]), one(number), "proposer-accord")
    done(browser(people["signataire"]), one(number), "accord", outside="yes", **SIGNED)
    version = documents.posted(history(request_stream(parse(number))))[-1].version
    return number, f"{one(number)}lettres/{version}/signer/"
