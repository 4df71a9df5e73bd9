"""A report as a page shows it: titled groups of label and value, in the reader's language."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from pharmacovigilance.domain.age import Age, ages_at_onset
from pharmacovigilance.domain.report import Information, Report
from pharmacovigilance.domain.vocabulary import AgeUnit, Coded
from portal import report_fields as fields
from portal.answers import french_date
from portal.problems import in_readers_language
from portal.report_fields import Field, Kind


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


def sections(report: Report | Information, met: Sequence[str] | None = None) -> list[Section]:
    """Return what is known, or what a follow-up adds, leaving out what was not said.

    The criteria ticked are left out where they are those that are `met`, which a page shows itself.
    """
    found = [
        *_rows(report.drugs, "drugs", gettext_lazy("Produit")),
        *_rows(report.reactions, "reactions", gettext_lazy("Effet")),
        *_rows(report.blood_products, "blood_products", gettext_lazy("Produit sanguin labile")),
        Section(title=_("Gravité et récit"), facts=list(_story(report, met))),
        Section(title=_("Patient"), facts=list(_patient(report))),
        Section(
            title=_("Déclarant"), facts=list(_facts(report, (*fields.REPORTER, *fields.PLACES)))
        ),
    ]
    return [section for section in found if section.facts]


def known_value(field: Field, value: Any) -> str:
    """Return one answer in words, an empty text where nothing is known."""
    return "" if value is None or value == () else _shown(field, value)


def age_in_words(value: float, unit: AgeUnit) -> str:
    """Return an age with its unit; in French, what is less than two is singular."""
    if value == 0 and unit is AgeUnit.DAY:
        return _("le jour de la naissance")
    n = 1 if value < 2 else 2
    shapes = {
        AgeUnit.YEAR: ngettext("%(age)s an", "%(age)s ans", n),
        AgeUnit.MONTH: ngettext("%(age)s mois", "%(age)s mois", n),
        AgeUnit.WEEK: ngettext("%(age)s semaine", "%(age)s semaines", n),
        AgeUnit.DAY: ngettext("%(age)s jour", "%(age)s jours", n),
        AgeUnit.HOUR: ngettext("%(age)s heure", "%(age)s heures", n),
    }
    return shapes[unit] % {"age": localize(_plain(value))}


def _rows(items: Sequence[Any], prefix: str, title: str | Promise) -> Iterator[Section]:
    for place, item in enumerate(items, 1):
        number = f" {place}" if len(items) > 1 else ""
        facts = list(_facts(item, fields.ROWS[prefix]))
        yield Section(title=f"{title}{number}", facts=facts)


def _story(report: Report | Information, met: Sequence[str] | None) -> Iterator[Fact]:
    """Yield what was told; the criteria ticked are not yet those that are met."""
    ticked = report.seriousness
    if ticked is not None and (met is None or set(ticked) != set(met)):
        words = _shown(fields.SERIOUSNESS, ticked) or _("Aucun")
        yield Fact(label=_("Critères cochés"), value=words)
    yield from _facts(report, (fields.NARRATIVE, *fields.DEATH, *fields.STORY_MORE))


def _patient(report: Report | Information) -> Iterator[Fact]:
    asked = (*fields.PATIENT_ESSENTIAL, *fields.PATIENT_MORE, *fields.NEWBORN)
    plain = [field for field in asked if not field.name.startswith("patient.age_")]
    if age := _age(report):
        yield Fact(label=_("Âge"), value=age)
    yield from _facts(report, plain)


def _age(report: Report | Information) -> str:
    """Return the age as told, else at the first effect as the dates have it, else its group."""
    patient = report.patient
    if patient is None:
        return ""
    if patient.age_value is not None and patient.age_unit is not None:
        return age_in_words(patient.age_value, patient.age_unit)
    ages = ages_at_onset(report) if isinstance(report, Report) else None
    if ages is not None:
        return _between(*ages)
    return _(patient.age_group.label) if patient.age_group else ""


def _between(least: Age, greatest: Age) -> str:
    if least == greatest:
        return age_in_words(*least)
    if least.value == 0:
        return _("au plus %(greatest)s") % {"greatest": age_in_words(*greatest)}
    return _("entre %(least)s et %(greatest)s") % {
        "least": age_in_words(*least),
        "greatest": age_in_words(*greatest),
    }


def _facts(holder: Any, asked: Iterable[Field]) -> Iterator[Fact]:
    for field in asked:
        value = _at(holder, field.name)
        if value is not None and value != ():
            yield Fact(label=str(field.label), value=_shown(field, value))


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
        return in_readers_language(value.label)
    if field.kind is Kind.DATE:
        return french_date(value)
    if isinstance(field.choices, tuple) and field.choices:
        return str(dict(field.choices).get(str(value), value))
    text = str(localize(_plain(value)))
    return f"{text} {field.unit}" if field.unit else text


def _plain(value: Any) -> Any:
    """Return 12 for 12.0: a whole number of kilograms has no decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
