"""A hospital's part in compassionate access: its people, a criteria sheet, and what a browser sends."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from compassionate import decisions, queries
from compassionate.acting import act_on_sheet
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_sheet import (
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
)
from compassionate.domain.decision import Terms
from compassionate.domain.vocabulary import DeclareTo
from compassionate.streams import product_id
from events.days import day_of
from events.number import parse
from tests.compassionate.scene import SIGNED, delegated
from tests.portal.sending import projected

PRODUCT, INDICATION = "nirogacestat", "desmoide"
CRITERIA = (
    Criterion(code="line", text="Au moins deux lignes antérieures"),
    Criterion(code="pregnancy", text="Grossesse en cours", required=False),
    Criterion(code="marker", text="Marqueur positif, si recherché", may_not_apply=True),
)
TYPED = {
    "prescription.patient_initials": "DM",
    "prescription.patient_age": "54",
    "prescription.patient_age_unit": "year",
    "prescription.patient_sex": "female",
    "prescription.patient_weight_kg": "61,5",
    "prescription.form": "comprimé",
    "prescription.strength": "50 mg",
    "prescription.dosage": "150 mg deux fois par jour",
    "prescription.duration_days": "180",
    "prescription.trial": "aucun",
    "prescription.deferrable": "false",
    "prescription.urgency": "Compression médullaire débutante",
    "prescription.undertakes_criteria": "true",
    "prescription.undertakes_follow_up": "true",
}
ANSWERS = {
    "prescription.criteria.0.answer": "met",
    "prescription.criteria.1.answer": "not_met",
    "prescription.criteria.2.answer": "not_applicable",
}
PHARMACY = {
    "pharmacy.phone": "01 40 00 00 00",
    "pharmacy.analysis": "Pas d’interaction.",
    "pharmacy.quantity": "60 comprimés de 50 mg",
}
PRESCRIBER = {
    "prescription.prescriber_name": "Claire Martin",
    "prescription.prescriber_function": "Médecin",
    "prescription.prescriber_rpps": "10009999912",
    "prescription.prescriber_phone": "01 40 00 00 01",
}


SENT_TO = ("/acces/", "/declarations/")


class _Fields(HTMLParser):
    """What the form of a request or of a declaration would post as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: dict[str, str] = {}
        self._inside = False
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form" and (told.get("action") or "").startswith(SENT_TO):
            self._inside = True
        if not self._inside:
            return
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "input" and name:
            chosen = told.get("type") not in {"radio", "checkbox"} or "checked" in told
            if chosen:
                self.posted[name] = value
        elif tag == "textarea":
            self._text, self.posted[name] = name, ""
        elif tag == "select":
            self._select = name
            self.posted.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in told:
            self.posted[self._select] = value

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self.posted[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            self.posted[self._text] = self.posted[self._text].lstrip("\n")
            self._text = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._inside = False


def fields_of(html: str) -> dict[str, str]:
    """Return what the form of a page would post as it stands."""
    parser = _Fields()
    parser.feed(html)
    parser.posted.pop("csrfmiddlewaretoken", None)
    return parser.posted


def colleague(people: dict[str, User], name: str, role: Role, **more: Any) -> User:
    """Return one more person, of the hospital unless said otherwise."""
    told = {"institution": people["dr.martin"].institution, "department": "75"} | more
    return User.objects.update_or_create(
        username=name,
        defaults={"role": role, "first_name": "Zoé", "last_name": name.title(), **told},
    )[0]


def published(people: dict[str, User]) -> UUID:
    """Have a criteria sheet opened, prepared and published; return its identifier."""
    editor = colleague(people, "editeur", Role.CRITERIA_EDITOR, institution=None)
    at = timezone.now()
    opened = {
        "product_name": "NIROGACESTAT",
        "indication_text": "Tumeur desmoïde en progression",
        "holder": "Laboratoire Exemple",
    }
    acts = (
        (editor, OpenSheet, opened),
        (editor, PrepareCriteria, {"criteria": CRITERIA, "max_days": 200}),
        (people["signataire"], PublishCriteria, {"in_force_from": at}),
        (
            people["signataire"],
            PublishProtocol,
            {"document": "ab" * 32, "every_days": (1, 90), "declare_to": DeclareTo.BOTH},
        ),
    )
    for person, act, fields in acts:
        act_on_sheet(person, PRODUCT, INDICATION, act, fields, idempotency_key="k", now=at)
    projected()
    return product_id(PRODUCT, INDICATION)


def republished(people: dict[str, User]) -> None:
    """Have a second version of the criteria published."""
    at = timezone.now()
    editor = User.objects.get(username="editeur")
    act_on_sheet(
        editor,
        PRODUCT,
        INDICATION,
        PrepareCriteria,
        {"criteria": CRITERIA[:2]},
        idempotency_key="k2",
        now=at,
    )
    act_on_sheet(
        people["signataire"],
        PRODUCT,
        INDICATION,
        PublishCriteria,
        {"in_force_from": at},
        idempotency_key="k2",
        now=at,
    )
    projected()


def opened(client: Client, path: str, **query: str) -> dict[str, str]:
    """Return what the form at an address would post as it stands."""
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.text
    return fields_of(answer.text)


def drafted(client: Client, sheet: UUID | None, do: str = "send", **changed: str) -> Any:
    """Fill in the form of a new request and post it; return the answer."""
    form = opened(client, "/acces/nouvelle/", fiche=str(sheet or "hors-referentiel"))
    answers = ANSWERS if sheet else {}
    told = {f"prescription.{name}": value for name, value in changed.items()}
    return client.post("/acces/nouvelle/", form | TYPED | answers | told | {"do": do})


def number_in(answer: Any) -> str:
    """Return the number of the request that an answer leads to."""
    assert answer.status_code == 302, answer.text
    return str(answer["Location"]).split("/")[2]


def sent_to_agency(pharmacist: Client, number: str) -> None:
    """Have the pharmacist add her part and send both."""
    path = f"/acces/{number}/pharmacie/"
    answer = pharmacist.post(path, opened(pharmacist, path) | PHARMACY | {"do": "send"})
    assert answer.status_code == 302, answer.text


def granted(people: dict[str, User], number: str, days: int = 179) -> str:
    """Have the agency grant a request; return the number of the authorisation."""
    which = parse(number)
    decisions.take_up(people["evaluateur"], which, no_interest=True, idempotency_key="t")
    delegated(colleague(people, "juriste", Role.LEGAL, institution=None), people["signataire"])
    today = day_of(timezone.now())
    terms = Terms(begins_on=today, ends_on=today + timedelta(days=days), dosage="150 mg x 2")
    done = decisions.grant(people["signataire"], which, terms, SIGNED, idempotency_key="g")
    projected()
    assert done.facts.number is not None
    return done.facts.number


def asked(people: dict[str, User], number: str, text: str = "Le poids ?") -> str:
    """Have the agency ask; return the identifier of its question."""
    which = parse(number)
    decisions.take_up(people["evaluateur"], which, no_interest=True, idempotency_key="t")
    limit = day_of(timezone.now()) + timedelta(days=5)
    done = decisions.ask_information(
        people["evaluateur"], which, [text], limit, idempotency_key="a"
    )
    return str(done.facts.question)


def facts_of(people: dict[str, User], number: str, name: str = "dr.martin") -> Any:
    """Return what is known of a request."""
    return queries.request(people[name], parse(number)).facts


def key() -> dict[str, str]:
    return {"key": str(uuid4())}


def access_pages(
    people: dict[str, User], doctor: Client, pharmacist: Client
) -> list[tuple[str, Client, str]]:
    """Return who reads which page of compassionate access, requests waiting in every way."""
    sheet = published(people)
    first = number_in(drafted(doctor, sheet, file_number="A1"))
    sent_to_agency(pharmacist, first)
    authorisation = granted(people, first, days=20)
    second = number_in(drafted(doctor, sheet, file_number="A2"))
    sent_to_agency(pharmacist, second)
    question = asked(people, second)
    third = number_in(drafted(doctor, sheet, file_number="A3"))
    draft = number_in(drafted(doctor, sheet, do="save", file_number="A4"))
    projected()
    here, one = "/acces/", f"/acces/autorisations/{authorisation}/"
    of_doctor = [
        "/", here, f"{here}nouvelle/", f"{here}nouvelle/?fiche={sheet}",
        f"{here}nouvelle/?fiche=hors-referentiel", f"{here}{first}/", f"{here}{second}/",
        f"{here}{draft}/", f"{here}{draft}/modifier/", f"{here}{draft}/retrait/", f"{here}{draft}/piece/",
        f"{here}{second}/reponse/{question}/", f"{here}{draft}/?as_of=2020-01-01",
        f"{here}autorisations/", one, f"{one}renouveler/", f"{one}suivi/", f"{one}effet/",
        f"{here}referentiel/", f"{here}referentiel/{sheet}/",
    ]  # fmt: skip
    of_pharmacist = [
        "/", here, f"{here}pharmacie/", f"{here}{third}/pharmacie/", f"{here}complete/",
        f"{here}complete/?fiche={sheet}", f"{here}complete/?fiche=hors-referentiel",
        f"{here}dispensation/?fiche={sheet}", f"{here}{third}/dispensation/", one,
    ]  # fmt: skip
    return [
        *[("access, doctor", doctor, path) for path in of_doctor],
        *[("access, pharmacist", pharmacist, path) for path in of_pharmacist],
    ]
