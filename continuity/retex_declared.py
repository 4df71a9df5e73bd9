"""The points of the report about declarations: received, due, reconciled, acknowledged."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from continuity.domain.retex_masking import WITHHELD
from continuity.retex_blocks import Block, Json, cells_of, facts, table
from continuity.retex_words import (
    NOT_RECORDED,
    count,
    day,
    duration,
    inside,
    labelled,
    mean_of,
    moment,
    named,
    number_of,
)


def both(report: Json) -> Iterator[Block]:
    """Tell what was received in the outage, and whose clocks ran."""
    yield from _declarations(report)
    yield from _clocks(report)


def _declarations(report: Json) -> Iterator[Block]:
    told = report["declarations"]
    if "received" not in told:
        yield str(NOT_RECORDED)
        return
    usual, waited = told["usual"], told["waited"]
    too = [told["by_sheet_too"]] if "by_sheet_too" in told else []
    yield facts(
        _("Déclarations pendant la panne"),
        (_("Reçues"), count(told["received"])),
        (_("Habituelles aux mêmes jours et heures"), mean_of(usual)),
        (_("Faites par téléphone ou sur papier (fiches)"), count(told["by_sheet"])),
        *((_("dont reçues aussi par voie électronique"), count(one)) for one in too),
        (_("Sans doute jamais faites (différence)"), count(told["never_sent"])),
        (_("Enregistrées aussitôt"), count(told["recorded"]["at_once"])),
        (_("Gardées, enregistrées après coup"), count(told["recorded"]["afterwards"])),
        (_("Attente médiane"), duration(waited["median_minutes"])),
        (_("Attente la plus longue"), duration(waited["longest_minutes"])),
    )
    for caption, name, key in (
        (_("Par voie"), _("Voie"), "by_channel"),
        (_("Par serveur qui a donné l’accusé"), _("Serveur"), "by_node"),
        (_("Compléments et réponses"), _("Nature"), "others_received"),
        (_("Doublons : reçues encore une fois"), _("Nature"), "again"),
    ):
        cells = cells_of(told.get(key, {}))
        yield from table(caption, (name, _("Nombre")), cells, (3, 1))
    by_hour = told["by_hour"]
    per_hour = cells_of(by_hour) if by_hour == WITHHELD else [
        (moment(hour), count(cell)) for hour, cell in by_hour.items() if cell
    ]  # fmt: skip
    yield from table(_("Par heure (heures sans déclaration omises)"), (_("Heure"), _("Nombre")), per_hour, (3, 1))  # fmt: skip
    rows = [
        (
            row["number"], named(row["channel"]), moment(row["received_at"]),
            moment(row["recorded_at"]), duration(row["waited_minutes"]),
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = (_("Numéro"), _("Voie"), _("Reçue"), _("Enregistrée"), _("Attente"))
    yield from table(_("Déclarations une à une"), head, rows, (5, 2, 3, 3, 2))


def _clocks(report: Json) -> Iterator[Block]:
    told = report["clocks"]
    if "count" not in told:
        yield str(NOT_RECORDED)
        return
    yield _(
        "Une panne ne suspend aucun délai légal. Délais qui couraient pendant la panne, et qu’elle a "
        "amputés : %(count)s. Connus après leur terme : %(late)s. Envoi à EudraVigilance : %(told)s"
    ) % {
        "count": count(told["count"]),
        "late": count(told["recorded_after_due"]),
        "told": inside(NOT_RECORDED),
    }
    yield from table(
        _("Par échéance"), (_("Échéance"), _("Nombre")), cells_of(told["by_kind"]), (4, 1)
    )
    rows = [
        (
            row["number"], labelled(row["label"]), day(row["day_zero"]), day(row["due"]),
            f"{number_of(row['lost_hours'])} h ({number_of(row['share_percent'])} %)",
            moment(row["known_at"]), duration(row["recorded_late_minutes"]),
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = (
        _("Numéro"),
        _("Délai"),
        _("Jour 0"),
        _("Terme"),
        _("Part prise par la panne"),
        _("Connue"),
        _("Retard"),
    )
    yield from table(_("Échéances une à une"), head, rows, (30, 20, 10, 10, 10, 13, 8))


def reconciliation(report: Json) -> Iterator[Block]:
    """Tell the sheets, their blocks and what was set aside."""
    told = report["reconciliation"]
    yield from _in_full(_("Fiches du mode dégradé"), told["sheets"])
    yield from _counts(_("Écarts et numéros douteux de ces fiches"), told.get("settled", {}))
    yield from _in_full(_("Carnets de fiches valables pendant la panne"), told.get("blocks"))
    yield from _in_full(_("Envois mis de côté"), told["set_aside"])
    yield from _counts(_("Envois repris, selon ce qui en fut fait"), told.get("taken_up", {}))


def _in_full(caption: str, told: Json | None) -> Iterator[Block]:
    """Yield a table with its total; nothing where a report was made before it was told."""
    if told is None:
        return
    if "total" not in told:
        yield _told(caption, inside(NOT_RECORDED))
        return
    yield _told(caption, count(told["total"]) + ".")
    yield from table(caption, (_("Quoi"), _("Nombre")), cells_of(told["cells"]), (3, 1))


def _counts(caption: str, told: Json | str) -> Iterator[Block]:
    if isinstance(told, str):
        yield _told(caption, count(told) + ".")
    elif "recorded" in told:
        yield _told(caption, inside(NOT_RECORDED))
    else:
        yield from table(caption, (_("Quoi"), _("Nombre")), cells_of(told), (3, 1))


def _told(caption: str, told: str) -> str:
    return _("%(caption)s : %(told)s") % {"caption": caption, "told": told}


def oral(report: Json) -> Iterator[Block]:
    """Tell oral answers and dispensings, by sheet."""
    told = report["oral_agreements"]
    if isinstance(told, dict) and "recorded" in told:
        yield str(NOT_RECORDED)
        return
    if not told:
        yield _(
            "Aucune fiche de réponse orale ni de dispensation hors heures dans le temps de la panne."
        )
    yield from table(_("Réponses orales et dispensations, par fiche"), (_("Fiche"), _("Nombre")), cells_of(told), (3, 1))  # fmt: skip


def legal(report: Json) -> Iterator[Block]:
    """Tell the acknowledgements of sheets, and what is open of them."""
    told = report["legal"]
    if "acknowledged" in told:
        head = (_("Fiches reçues pendant la panne"), _("Nombre"))
        yield from table(
            _("Accusé d’enregistrement"), head, cells_of(told["acknowledged"]), (3, 1)
        )
        yield from _acknowledged_by(told.get("acknowledged_by", []))
        questions = cells_of(told["questions"])
        yield from table(
            _("Questions ouvertes"), (_("Fiches à question"), _("Nombre")), questions, (3, 1)
        )
        yield _(
            "Terme : un jour ouvré après la réception (CRPA, R. 112-11-2), compté à la saisie."
        )
    if "affected" in report["requests"]:
        yield _(
            "Décisions implicites : point 6. Signatures : enregistrées avec chaque décision, non comptées ici."
        )
        yield _told(_("CNIL, CERT Santé, NIS 2"), inside(NOT_RECORDED))
        return
    yield _told(
        _("Signatures, décisions implicites, CNIL, CERT Santé, NIS 2"), inside(NOT_RECORDED)
    )


def _acknowledged_by(rows: Sequence[Json] | str) -> Iterator[Block]:
    caption = _("Accusé d’enregistrement par nature et état de la fiche")
    if isinstance(rows, str):
        yield _told(caption, count(rows) + ".")
        return
    cells = [
        (named(row["kind"]), named(row["state"]), count(row["in_time"]), count(row["late"]))
        for row in rows
    ]
    head = (_("Nature"), _("État"), _("Saisies dans le premier jour ouvré"), _("Saisies après"))
    yield from table(caption, head, cells, (4, 3, 2, 2))
