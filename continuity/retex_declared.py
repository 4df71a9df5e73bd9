"""The points of the report about declarations: received, due, reconciled, acknowledged."""

from collections.abc import Iterator, Sequence

from continuity.domain.retex_masking import WITHHELD
from continuity.retex_blocks import Block, Json, cells_of, facts, table
from continuity.retex_words import (
    NOT_RECORDED,
    count,
    day,
    duration,
    inside,
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
        yield NOT_RECORDED
        return
    usual, waited = told["usual"], told["waited"]
    too = [told["by_sheet_too"]] if "by_sheet_too" in told else []
    yield facts(
        "Déclarations pendant la panne",
        ("Reçues", count(told["received"])),
        ("Habituelles aux mêmes jours et heures", mean_of(usual)),
        ("Faites par téléphone ou sur papier (fiches)", count(told["by_sheet"])),
        *(("dont reçues aussi par voie électronique", count(one)) for one in too),
        ("Sans doute jamais faites (différence)", count(told["never_sent"])),
        ("Enregistrées aussitôt", count(told["recorded"]["at_once"])),
        ("Gardées, enregistrées après coup", count(told["recorded"]["afterwards"])),
        ("Attente médiane", duration(waited["median_minutes"])),
        ("Attente la plus longue", duration(waited["longest_minutes"])),
    )
    for caption, name, key in (
        ("Par voie", "Voie", "by_channel"),
        ("Par serveur qui a donné l’accusé", "Serveur", "by_node"),
        ("Compléments et réponses", "Nature", "others_received"),
        ("Doublons : reçues encore une fois", "Nature", "again"),
    ):
        cells = cells_of(told.get(key, {}))
        yield from table(caption, (name, "Nombre"), cells, (3, 1))
    by_hour = told["by_hour"]
    per_hour = cells_of(by_hour) if by_hour == WITHHELD else [
        (moment(hour), count(cell)) for hour, cell in by_hour.items() if cell
    ]  # fmt: skip
    yield from table("Par heure (heures sans déclaration omises)", ("Heure", "Nombre"), per_hour, (3, 1))  # fmt: skip
    rows = [
        (
            row["number"], named(row["channel"]), moment(row["received_at"]),
            moment(row["recorded_at"]), duration(row["waited_minutes"]),
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = ("Numéro", "Voie", "Reçue", "Enregistrée", "Attente")
    yield from table("Déclarations une à une", head, rows, (5, 2, 3, 3, 2))


def _clocks(report: Json) -> Iterator[Block]:
    told = report["clocks"]
    if "count" not in told:
        yield NOT_RECORDED
        return
    yield (
        f"Une panne ne suspend aucun délai légal. Délais qui couraient pendant la panne, et qu’elle a "
        f"amputés : {count(told['count'])}. Connus après leur "
        f"terme : {count(told['recorded_after_due'])}. Envoi à EudraVigilance : {inside(NOT_RECORDED)}"
    )
    yield from table("Par échéance", ("Échéance", "Nombre"), cells_of(told["by_kind"]), (4, 1))
    rows = [
        (
            row["number"], row["label"], day(row["day_zero"]), day(row["due"]),
            f"{number_of(row['lost_hours'])} h ({number_of(row['share_percent'])} %)",
            moment(row["known_at"]), duration(row["recorded_late_minutes"]),
        )
        for row in told.get("rows", [])
    ]  # fmt: skip
    head = ("Numéro", "Délai", "Jour 0", "Terme", "Part prise par la panne", "Connue", "Retard")
    yield from table("Échéances une à une", head, rows, (30, 20, 10, 10, 10, 13, 8))


def reconciliation(report: Json) -> Iterator[Block]:
    """Tell the sheets, their blocks and what was set aside."""
    told = report["reconciliation"]
    yield from _in_full("Fiches du mode dégradé", told["sheets"])
    yield from _counts("Écarts et numéros douteux de ces fiches", told.get("settled", {}))
    yield from _in_full("Carnets de fiches valables pendant la panne", told.get("blocks"))
    yield from _in_full("Envois mis de côté", told["set_aside"])
    yield from _counts("Envois repris, selon ce qui en fut fait", told.get("taken_up", {}))


def _in_full(caption: str, told: Json | None) -> Iterator[Block]:
    """Yield a table with its total; nothing where a report was made before it was told."""
    if told is None:
        return
    if "total" not in told:
        yield f"{caption} : {inside(NOT_RECORDED)}"
        return
    yield f"{caption} : {count(told['total'])}."
    yield from table(caption, ("Quoi", "Nombre"), cells_of(told["cells"]), (3, 1))


def _counts(caption: str, told: Json | str) -> Iterator[Block]:
    if isinstance(told, str):
        yield f"{caption} : {told}."
    elif "recorded" in told:
        yield f"{caption} : {inside(NOT_RECORDED)}"
    else:
        yield from table(caption, ("Quoi", "Nombre"), cells_of(told), (3, 1))


def oral(report: Json) -> Iterator[Block]:
    """Tell oral answers and dispensings, by sheet."""
    told = report["oral_agreements"]
    if isinstance(told, dict) and "recorded" in told:
        yield NOT_RECORDED
        return
    if not told:
        yield "Aucune fiche de réponse orale ni de dispensation hors heures dans le temps de la panne."
    yield from table("Réponses orales et dispensations, par fiche", ("Fiche", "Nombre"), cells_of(told), (3, 1))  # fmt: skip
    yield f"Régularisées ou refusées, et en combien de temps : {inside(NOT_RECORDED)}"


def legal(report: Json) -> Iterator[Block]:
    """Tell the acknowledgements of sheets, and what is open of them."""
    told = report["legal"]
    if "acknowledged" in told:
        head = ("Fiches reçues pendant la panne", "Nombre")
        yield from table("Accusé d’enregistrement", head, cells_of(told["acknowledged"]), (3, 1))
        yield from _acknowledged_by(told.get("acknowledged_by", []))
        questions = cells_of(told["questions"])
        yield from table("Questions ouvertes", ("Fiches à question", "Nombre"), questions, (3, 1))
        yield "Terme : un jour ouvré après la réception (CRPA, R. 112-11-2), compté à la saisie."
    yield f"Signatures, décisions implicites, CNIL, CERT Santé, NIS 2 : {inside(NOT_RECORDED)}"


def _acknowledged_by(rows: Sequence[Json] | str) -> Iterator[Block]:
    caption = "Accusé d’enregistrement par nature et état de la fiche"
    if isinstance(rows, str):
        yield f"{caption} : {rows}."
        return
    cells = [
        (named(row["kind"]), named(row["state"]), count(row["in_time"]), count(row["late"]))
        for row in rows
    ]
    head = ("Nature", "État", "Saisies dans le premier jour ouvré", "Saisies après")
    yield from table(caption, head, cells, (4, 3, 2, 2))
