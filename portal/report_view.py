"""A report as a page shows it: titled groups of label and value, in the reader's language."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from pharmacovigilance.domain.dates import earliest, is_possible
from pharmacovigilance.domain.described import described
from pharmacovigilance.domain.report import Information, Patient, Report
from pharmacovigilance.domain.vocabulary import Coded
from portal import report_fields as fields
from portal.answers import french_date
from portal.report_fields import Field, Kind

DIRECT = frozenset({"patient.name_letters", "patient.first_name_initial", "reporter.postcode"})
"""Shown only inside the receiving structure, with all that a reporter says of herself."""

DAYS_IN_YEAR = 365.25
YEAR = len("2021")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One answered question."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Facts that stand together."""

    title: str
    facts: Sequence[Fact]


def sections(report: Report | Information, *, identity: bool) -> list[Section]:
    """Return what is known, or what a follow-up adds, leaving out what was not said.

    Without `identity`, nothing that designates the patient or the notifier is in the result.
    """
    found = [
        *_rows(report.drugs, "drugs", gettext_lazy("Produit")),
        *_rows(report.reactions, "reactions", gettext_lazy("Effet")),
        *_rows(report.blood_products, "blood_products", gettext_lazy("Produit sanguin labile")),
        Section(title=_("Gravité et récit"), facts=list(_story(report))),
        Section(title=_("Patient"), facts=list(_patient(report, identity=identity))),
        Section(
            title=_("Déclarant"),
            facts=list(_facts(report, (*fields.REPORTER, *fields.PLACES), identity=identity)),
        ),
    ]
    return [section for section in found if section.facts]


def known_value(field: Field, value: Any) -> str:
    """Return one answer in words, an empty text where nothing is known."""
    return "" if value is None or value == () else _shown(field, value)


def _rows(items: Sequence[Any], prefix: str, title: str | Promise) -> Iterator[Section]:
    for place, item in enumerate(items, 1):
        number = f" {place}" if len(items) > 1 else ""
        facts = list(_facts(item, fields.ROWS[prefix], identity=True))
        yield Section(title=f"{title}{number}", facts=facts)


def _story(report: Report | Information) -> Iterator[Fact]:
    if report.seriousness == ():
        yield Fact(label=_("Gravité"), value=_("Aucun critère coché"))
    told = (fields.SERIOUSNESS, fields.NARRATIVE, *fields.DEATH, *fields.STORY_MORE)
    for fact in _facts(report, told, identity=True):
        short = str(fields.SERIOUSNESS.label)
        yield Fact(label=_("Gravité"), value=fact.value) if fact.label == short else fact


def _patient(report: Report | Information, *, identity: bool) -> Iterator[Fact]:
    asked = (*fields.PATIENT_ESSENTIAL, *fields.PATIENT_MORE, *fields.NEWBORN)
    plain = [field for field in asked if not field.name.startswith("patient.age_")]
    if age := _age(report):
        yield Fact(label=_("Âge"), value=age)
    yield from _facts(report, plain, identity=identity)


def _age(report: Report | Information) -> str:
    """Return the age as told, or in years at the first effect where the birth date is known."""
    patient = report.patient or Patient()
    if patient.age_value is not None and patient.age_unit is not None:
        return f"{localize(_plain(patient.age_value))} {_(patient.age_unit.label)}"
    onsets = [one.onset for one in report.reactions if one.onset and is_possible(one.onset)]
    if patient.birth_date and is_possible(patient.birth_date) and onsets:
        days = (min(map(earliest, onsets)) - earliest(patient.birth_date)).days
        if days >= 0:
            return _("environ %(years)d ans") % {"years": days / DAYS_IN_YEAR}
    return _(patient.age_group.label) if patient.age_group else ""


def _facts(holder: Any, asked: Iterable[Field], *, identity: bool) -> Iterator[Fact]:
    for field in asked:
        value = _at(holder, field.name)
        if value is None or value == ():
            continue
        if not identity and _designates(field.name, value):
            continue
        yield Fact(label=str(field.label), value=_shown(field, value))


def _designates(name: str, value: Any) -> bool:
    if name in DIRECT:
        return True
    if name == "patient.birth_date":
        return len(value) > YEAR
    owner: type = Report
    for part in name.split("."):
        about = described(owner)[part]
        owner = about.inner or owner
        if about.subject == "reporter":
            return True
    return False


def _at(holder: Any, name: str) -> Any:
    for part in name.split("."):
        holder = getattr(holder, part, None)
        if holder is None:
            return None
    return holder


def _shown(field: Field, value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_shown(field, item) for item in value)
    if isinstance(value, Coded):
        return _(value.label)
    if field.kind is Kind.DATE:
        return french_date(value)
    if isinstance(field.choices, tuple) and field.choices:
        return str(dict(field.choices).get(str(value), value))
    text = str(localize(_plain(value)))
    return f"{text} {field.unit}" if field.unit else text


def _plain(value: Any) -> Any:
    """Return 12 for 12.0: a whole number of kilograms has no decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
