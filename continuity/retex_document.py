"""The report in French sentences and tables, for every way of printing it; made from its JSON."""

from collections.abc import Iterator
from dataclasses import dataclass

from continuity.retex_blocks import Block, Json, cells_of, facts, table
from continuity.retex_declared import both, legal, oral, reconciliation
from continuity.retex_definitions import DEFINITIONS
from continuity.retex_words import (
    FORMS,
    KINDS,
    NATURES,
    NOT_PUBLISHED,
    NOT_RECORDED,
    count,
    day,
    duration,
    inside,
    lateness,
    moment,
    named,
    or_dash,
    what,
)

ABOUT_THE_INCIDENT = frozenset({1, 3, 4, 12, 13, 14})
"""The points that say what happened, for which the incident's own stream is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered point of the report."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole report."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def document(report: Json) -> Document:
    """Return the report as fifteen points."""
    number, version = report["incident"], report["version"]
    return Document(
        title=f"Retour d’expérience {number}",
        subtitle=(
            f"{FORMS[report['form']]}, version {version}. Empreinte des données (SHA-256) : "
            f"{report['data_sha256']}"
        ),
        sections=tuple(
            Section(title=f"{place}. {title}", blocks=tuple(blocks(report)))
            for place, (title, blocks) in enumerate(SECTIONS, 1)
        ),
    )


def _identity(report: Json) -> Iterator[Block]:
    told = report["identity"]
    until = moment(told["until"]) if told["is_over"] else f"en cours le {moment(told['until'])}"
    yield facts(
        "Identité de l’incident",
        ("Incident", f"{told['number']} {told['title']}".strip()),
        ("Nature", KINDS[told["kind"]]),
        ("Serveurs qui l’ont vu", ", ".join(told["nodes"])),
        ("Début (première panne observée)", moment(told["since"])),
        ("Fin", until),
        ("Clos", moment(told["closed_at"]) if told["closed_at"] else "non"),
    )
    yield from _beside(told)
    yield (
        "Mesuré : ce que les balises et le journal ont constaté seuls. Déclaré : ce qu’une personne "
        "a dit. Heures de Paris avec leur décalage."
    )
    gaps = [
        (gap["node"], moment(gap["from"]) if gap["from"] else "toujours", moment(gap["to"]))
        for gap in told["not_observed"]
    ]
    yield from table("Temps non observés", ("Serveur", "Depuis", "Jusqu’à"), gaps, (1, 2, 2))
    yield from _at_start(report.get("at_start", {}))


def _beside(told: Json) -> Iterator[Block]:
    """Tell of another incident of the same outage, and that the public form is of an earlier state."""
    if told.get("concurrent"):
        numbers = ", ".join(told["concurrent"])
        yield (
            f"Incident concomitant, ouvert par un autre serveur à moins de 30 minutes : {numbers}. "
            "Une seule panne peut donc avoir deux retours d’expérience : leurs chiffres ne "
            "s’additionnent pas."
        )
    if told.get("reopened_since_published"):
        yield (
            f"Rouvert le {moment(told['reopened_since_published'])}, après la publication de la "
            "forme publique : celle-ci reste la seule, et ne dit rien de cette réouverture."
        )


def _at_start(told: Json) -> Iterator[Block]:
    if not told or "recorded" in told:
        return
    yield from table("Ce qui attendait au début de la panne", ("Quoi", "Nombre"), cells_of(told), (3, 1))  # fmt: skip
    yield f"Demandes d’accès compassionnel et courriels en attente à cette heure : {inside(NOT_RECORDED)}"


def _summary(report: Json) -> Iterator[Block]:
    told = report["summary"]
    yield facts(
        "En bref",
        ("Temps sans service", duration(told["down_minutes"])),
        ("Services touchés", ", ".join(named(one) for one in told["services"]) or "aucun observé"),
        ("Déclarations reçues pendant la panne", count(told["declarations_received"])),
        ("dont enregistrées après coup", count(told["declarations_recorded_afterwards"])),
        ("Déclarations sans doute jamais faites (estimation)", count(told["declarations_never_sent"])),
        ("Échéances légales touchées", count(told["clocks_touched"])),
        ("dont connues après leur terme", count(told["clocks_recorded_after_due"])),
        ("Bulletins diffusés", count(told["bulletins"])),
        ("Bulletins en retard ou jamais diffusés", count(told["bulletins_late"])),
        ("Demandes d’accès compassionnel touchées, décisions en retard", NOT_RECORDED),
        ("Patients à revoir", NOT_RECORDED),
    )  # fmt: skip


def _timeline(report: Json) -> Iterator[Block]:
    internal = report["form"] == "internal"
    rows = [
        (
            moment(row["at"]),
            what(row["what"]),
            " : ".join(filter(None, (named(row["service"]), row["text"], row.get("why", "")))),
            "mesuré"
            if row["basis"] == "measured"
            else f"déclaré, {row.get('by', '')}".strip(", "),
            row["node"],
        )
        for row in report["timeline"]
    ]
    head = ("Quand", "Quoi", "Détail", "Mesuré ou déclaré", "Serveur")
    yield from table("Chronologie", head, rows, (4, 4, 6, 3, 2))
    if not internal:
        yield NOT_PUBLISHED


def _services(report: Json) -> Iterator[Block]:
    rows = [
        (
            f"{named(row['service'])} ({row['node']})",
            moment(row["went_down"]),
            moment(row["came_up"]),
            moment(row["verified"]),
            duration(row["minutes"]),
            _target(row),
            f"{or_dash(row['planned_rank'])} / {or_dash(row['real_rank'])}",
            str(row["failed_restarts"]),
        )
        for row in report["services"]
    ]
    head = (
        "Service", "En panne", "Revenu", "Vérifié", "Durée", "Objectif", "Rang prévu / réel",
        "Rechutes",
    )  # fmt: skip
    yield from table("Service par service", head, rows, (4, 3, 3, 3, 2, 3, 2, 2))
    if not rows:
        yield "Aucune panne d’un service n’a été observée dans cet incident."
    yield "Objectifs et rangs proposés, non opposables. Perte de données tolérée : aucune pour ce qui a un accusé."


def _target(row: Json) -> str:
    if row["target_minutes"] is None:
        return "aucun"
    return f"{duration(row['target_minutes'])} : {'tenu' if row['target_met'] else 'non tenu'}"


def _communication(report: Json) -> Iterator[Block]:
    rows = [
        (
            moment(row["due"]) if row["due"] else "rien n’était dû",
            moment(row["promised"]),
            moment(row["at"]) if row["at"] else "jamais",
            lateness(row["late_minutes"]),
            lateness(row["late_on_promise_minutes"]),
        )
        for row in report["communication"]["bulletins"]
    ]
    head = ("Dû", "Promis", "Diffusé", "Retard sur l’échelle", "Retard sur la promesse")
    yield from table("Bulletins et échelle", head, rows, (3, 3, 3, 3, 3))
    yield (
        "Échelle : premier bulletin sous 15 minutes, puis toutes les 2 heures jusqu’à 4 heures de "
        "panne, toutes les 3 heures jusqu’à 24 heures, toutes les 5 heures ensuite."
    )
    yield f"Qui n’a pas pu être joint : {inside(NOT_RECORDED)}"


def _causes(report: Json) -> Iterator[Block]:
    told = report["causes"]
    if report["form"] == "public":
        rows = [(moment(row["at"]), NATURES[row["nature"]]) for row in told]
        yield from table("Causes déclarées", ("Quand", "Nature"), rows, (1, 3))
    else:
        full = [
            (moment(row["at"]), NATURES[row["nature"]], row["text"], row["by"]) for row in told
        ]
        head = ("Quand", "Nature", "Cause (déclarée)", "Par")
        yield from table("Causes", head, full, (3, 3, 8, 2))
    if not told:
        yield "Aucune cause n’a été consignée."


def _actions(report: Json) -> Iterator[Block]:
    told = report["actions"]
    if report["form"] == "public":
        rows = [(row["action"], day(row["due"]), _proof(row)) for row in told]
        yield from table("Actions", ("Action", "Pour le", "Preuve"), rows, (1, 2, 4))
    else:
        full = [
            (
                row["action"], row["text"] or "–", row["owner"] or "–", day(row["due"]),
                _proof(row),
            )
            for row in told
        ]  # fmt: skip
        head = ("Action", "Quoi", "Qui", "Pour le", "Preuve")
        yield from table("Actions", head, full, (1, 5, 2, 2, 4))
    if not told:
        yield "Aucune action n’a été consignée."


def _proof(row: Json) -> str:
    if "done" in row:
        return "produite" if row["done"] else "aucune preuve"
    return str(row["proof"] or "aucune preuve")


def _annexes(report: Json) -> Iterator[Block]:
    told = report["annexes"]
    rows = [(what(name.partition(".")[2]), str(n)) for name, n in told["by_type"].items()]
    yield from table("Événements dont ce rapport est tiré", ("Événement", "Nombre"), rows, (3, 1))
    yield from _log_by_type(told)
    head = ("Chiffre", "Ce qu’il compte", "Tiré de")
    yield from table("Définitions", head, DEFINITIONS, (3, 6, 4))
    if told["masking"]:
        yield (
            "Effectifs de 1 à 4 : « < 5 ». Pour qu’aucun ne se retrouve par soustraction, un total "
            "qui en comprend un n’est donné que par ses bornes, et un tableau dont le total se lit "
            "ailleurs est masqué en entier. Aucun numéro de déclaration, aucun nom. "
            + NOT_PUBLISHED
        )
    yield (
        "Limites : l’habitude est une moyenne et ne dit pas qui s’est tu ; un délai est celui qui court "
        "aujourd’hui dans le journal ; ce qui arrive encore par les files donne une version nouvelle ; "
        "après une réouverture, fiches, envois, doublons et journal se comptent du début à la fin, "
        "l’intervalle compris."
    )


def _log_by_type(told: Json) -> Iterator[Block]:
    caption = "Journal entier : événements reçus du début à la fin, par type"
    if told["masking"]:
        yield f"{caption} : forme interne seulement."
        return
    rows = [(name, str(n)) for name, n in (told.get("log_by_type") or {}).items()]
    yield from table(caption, ("Type (docs/events.md)", "Nombre"), rows, (3, 1))


def _nothing(_: Json) -> Iterator[Block]:
    yield NOT_RECORDED


SECTIONS = (
    ("Identité", _identity),
    ("Résumé", _summary),
    ("Chronologie", _timeline),
    ("Services", _services),
    ("Demandes d’accès compassionnel", _nothing),
    ("Décisions en retard", _nothing),
    ("Accords oraux et dispensations conformes", oral),
    ("Déclarations et échéances de pharmacovigilance", both),
    ("Rapprochement", reconciliation),
    ("Droit : accusés, signatures, CNIL, CERT Santé, NIS 2", legal),
    ("Sécurité des patients", _nothing),
    ("Communication", _communication),
    ("Causes", _causes),
    ("Actions et suites", _actions),
    ("Annexes, définitions et limites", _annexes),
)
