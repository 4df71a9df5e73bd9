"""The points of the report about compassionate access: requests, decisions, doses, patients."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from continuity.retex_access_words import REACHED, cells_said, said
from continuity.retex_blocks import Block, Json, facts, table
from continuity.retex_words import (
    NOT_RECORDED,
    count,
    duration,
    inside,
    mean_of,
    moment,
    number_of,
)


def requests(report: Json) -> Iterator[Block]:
    """Tell what waited when the outage began, what came in it and what lacked."""
    told = report["requests"]
    if "affected" not in told:
        yield str(NOT_RECORDED)
        return
    known = (
        (_("En attente à l’agence au début de la panne"), "open_at_start"),
        (_("dont non différables"), "urgent_at_start"),
        (str(REACHED), "reached"),
        (_("Sans doute jamais faites (différence)"), "never_sent"),
        (_("Envois répétés, accusé joint au premier"), "again"),
        (_("Demandes que personne ne peut lire, dans aucun chiffre"), "unreadable"),
    )
    yield facts(
        _("Demandes d’accès compassionnel touchées"),
        (_("En attente ou reçues pendant la panne"), count(told["affected"])),
        (_("Habituelles aux mêmes jours et heures"), mean_of(told["usual"])),
        *((name, count(told[key])) for name, key in known if key in told),
    )
    for caption, key in (
        (_("Demandes touchées, selon leur arrivée"), "when"),
        (_("État au début de la panne"), "state_at_start"),
        (_("Reçu pendant la panne, par nature"), "received"),
        (_("Reçu pendant la panne, par voie"), "by_channel"),
        (_("Demandes reçues pendant la panne, par voie"), "channel"),
        (_("Reçu pendant la panne, selon l’enregistrement"), "recorded"),
        (_("Envois mis de côté, par nature"), "set_aside"),
    ):
        yield from _counts(caption, told.get(key, {}))
    yield from _arrivals(told)


def _counts(caption: str, cells: Json | str) -> Iterator[Block]:
    yield from table(caption, (_("Quoi"), _("Nombre")), cells_said(cells), (3, 1))


def _arrivals(told: Json) -> Iterator[Block]:
    rows = [
        (
            row["number"], said(row["kind"]), said(row["channel"]), moment(row["received_at"]),
            moment(row["recorded_at"]), duration(row["waited_minutes"]),
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = (_("Numéro"), _("Nature"), _("Voie"), _("Reçue"), _("Enregistrée"), _("Attente"))
    yield from table(_("Arrivées une à une"), head, rows, (5, 3, 3, 3, 3, 2))


def decisions(report: Json) -> Iterator[Block]:
    """Tell the terms that the outage touched, what cannot wait first."""
    told = report["decisions_late"]
    if "count" not in told:
        yield str(NOT_RECORDED)
        return
    yield _(
        "Une panne ne suspend aucun délai légal. Décisions rendues après l’objectif, ou pas encore à la "
        "fin de la panne alors qu’il était passé : %(count)s. L’objectif est celui de la maison ; aucun "
        "texte ne le fixe."
    ) % {"count": count(told["count"])}
    ended = told["authorisations"]
    yield _(
        "Autorisations expirées pendant la panne sans renouvellement en attente : %(count)s."
    ) % {"count": count(ended["no_renewal"])}
    if "moved" in told:
        yield _("Décisions implicites dont le terme a bougé pendant la panne : %(count)s.") % {
            "count": count(told["moved"])
        }
    for caption, key in (
        (_("Décisions et objectif"), "goals"),
        (_("Décisions implicites (CRPA, L. 231-1)"), "silence"),
        (_("Délais touchés"), "clocks"),
        (_("Délais des titulaires touchés"), "apart"),
        (_("Délais échus pendant la panne, rien n’étant fait"), "expired"),
    ):
        yield from _counts(caption, told.get(key, {}))
    yield from _terms(told)


def _terms(told: Json) -> Iterator[Block]:
    rows = [
        (
            " ".join(filter(None, (row["number"], row["of"]))),
            ", ".join((said(row["clock"]), row["source"] or _("maison, aucun texte"))),
            moment(row["begins"]), moment(row["ends"]), moment(row["done"]), _lateness(row),
            f"{number_of(row['lost_hours'])} h ({number_of(row['share_percent'])} %)",
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = (
        _("Numéro"), _("Délai"), _("Début"), _("Terme"), _("Fait"), _("Retard"), _("Part prise par la panne"),
    )  # fmt: skip
    yield from table(_("Délais un à un"), head, rows, (22, 22, 12, 12, 12, 10, 10))


def _lateness(row: Json) -> str:
    if row["done"] is None:
        return said(row["verdict"])
    return duration(row["late_minutes"]) if row["late_minutes"] else said("in_time")


def given(report: Json) -> Iterator[Block]:
    """Tell what became of doses and oral agreements of the outage."""
    told = report.get("given")
    if told is None:
        if "recorded" in report["oral_agreements"]:
            return
        yield _("Régularisées ou refusées, et en combien de temps : %(told)s") % {
            "told": inside(NOT_RECORDED)
        }
        return
    yield from _counts(_("Doses et accords oraux de la panne, et leur suite"), told["by_outcome"])
    yield from _counts(_("Régularisation et délai"), told.get("in_time", {}))
    waited = told["waited"]
    yield facts(
        _("Doses et accords oraux"),
        *((_("Pendant la panne"), count(one)) for one in [told.get("count")] if one is not None),
        (_("Délai médian jusqu’à la décision"), _hours(waited["median_hours"])),
        *((_("Délai le plus long"), _hours(waited[key])) for key in ("longest_hours",) if key in waited),
    )  # fmt: skip
    rows = [
        (
            row["number"], said(row["route"]), moment(row["at"]), said(row["outcome"]),
            moment(row["closed"]), _("oui") if row["on_sheet"] else _("non"),
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = (_("Numéro"), _("Nature"), _("Quand"), _("Suite"), _("Décidé"), _("Fiche"))
    yield from table(_("Doses et accords un à un"), head, rows, (5, 4, 3, 3, 3, 1))


def _hours(hours: float | None) -> str:
    return "–" if hours is None else f"{number_of(hours)} h"


def safety(report: Json) -> Iterator[Block]:
    """Tell whose case a clinician should look at; that somebody did, no event tells."""
    told = report["patient_safety"]
    if "to_review" not in told:
        yield str(NOT_RECORDED)
        return
    yield _("Demandes dont le cas est à revoir : %(count)s. Revue clinique : %(told)s") % {
        "count": count(told["to_review"]),
        "told": inside(NOT_RECORDED),
    }
    yield from _counts(_("Pourquoi"), told.get("reasons", {}))
    rows = [(row["number"], "; ".join(map(said, row["reasons"]))) for row in told.get("rows", [])]
    yield from table(_("Cas à revoir"), (_("Numéro"), _("Pourquoi")), rows, (1, 2))
