"""The report in sentences and tables, for every way of printing it; made from its JSON.

In the language of whoever reads it; what is published or kept as a file is in French.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _, gettext_lazy

from continuity.retex_access_text import decisions, given, requests, safety
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
        title=_("Retour d’expérience %(number)s") % {"number": number},
        subtitle=_("%(form)s, version %(version)s. Empreinte des données (SHA-256) : %(hash)s")
        % {"form": FORMS[report["form"]], "version": version, "hash": report["data_sha256"]},
        sections=tuple(
            Section(title=f"{place}. {title}", blocks=tuple(blocks(report)))
            for place, (title, blocks) in enumerate(SECTIONS, 1)
        ),
    )


def _identity(report: Json) -> Iterator[Block]:
    told = report["identity"]
    until = moment(told["until"])
    if not told["is_over"]:
        until = _("en cours le %(at)s") % {"at": until}
    yield facts(
        _("Identité de l’incident"),
        (_("Incident"), f"{told['number']} {told['title']}".strip()),
        (_("Nature"), str(KINDS[told["kind"]])),
        (_("Serveurs qui l’ont vu"), ", ".join(told["nodes"])),
        (_("Début (première panne observée)"), moment(told["since"])),
        (_("Fin"), until),
        (_("Clos"), moment(told["closed_at"]) if told["closed_at"] else _("non")),
    )
    yield from _beside(told)
    yield (
        _(
            "Mesuré : ce que les balises et le journal ont constaté seuls. Déclaré : ce qu’une personne "
            "a dit. Heures de Paris avec leur décalage."
        )
    )
    gaps = [
        (gap["node"], moment(gap["from"]) if gap["from"] else _("toujours"), moment(gap["to"]))
        for gap in told["not_observed"]
    ]
    yield from table(
        _("Temps non observés"), (_("Serveur"), _("Depuis"), _("Jusqu’à")), gaps, (1, 2, 2)
    )
    yield from _at_start(report.get("at_start", {}), access="affected" in report["requests"])


def _beside(told: Json) -> Iterator[Block]:
    """Tell of another incident of the same outage, and that the public form is of an earlier state."""
    if told.get("concurrent"):
        numbers = ", ".join(told["concurrent"])
        yield _(
            "Incident concomitant, ouvert par un autre serveur à moins de 30 minutes : %(numbers)s. "
            "Une seule panne peut donc avoir deux retours d’expérience : leurs chiffres ne "
            "s’additionnent pas."
        ) % {"numbers": numbers}
    if told.get("reopened_since_published"):
        yield _(
            "Rouvert le %(at)s, après la publication de la forme publique : celle-ci reste la "
            "seule, et ne dit rien de cette réouverture."
        ) % {"at": moment(told["reopened_since_published"])}


def _at_start(told: Json, *, access: bool) -> Iterator[Block]:
    if not told or "recorded" in told:
        return
    yield from table(_("Ce qui attendait au début de la panne"), (_("Quoi"), _("Nombre")), cells_of(told), (3, 1))  # fmt: skip
    waited = (
        _(
            "Demandes d’accès compassionnel en attente : point 5. Courriels en attente à cette heure : %(told)s"
        )
        if access
        else _("Demandes d’accès compassionnel et courriels en attente à cette heure : %(told)s")
    )
    yield waited % {"told": inside(NOT_RECORDED)}


def _summary(report: Json) -> Iterator[Block]:
    told = report["summary"]
    yield facts(
        _("En bref"),
        (_("Temps sans service"), duration(told["down_minutes"])),
        (_("Services touchés"), ", ".join(named(one) for one in told["services"]) or _("aucun observé")),
        (_("Déclarations reçues pendant la panne"), count(told["declarations_received"])),
        (_("dont enregistrées après coup"), count(told["declarations_recorded_afterwards"])),
        (_("Déclarations sans doute jamais faites (estimation)"), count(told["declarations_never_sent"])),
        (_("Échéances légales de pharmacovigilance touchées"), count(told["clocks_touched"])),
        (_("dont connues après leur terme"), count(told["clocks_recorded_after_due"])),
        (_("Bulletins diffusés"), count(told["bulletins"])),
        (_("Bulletins en retard ou jamais diffusés"), count(told["bulletins_late"])),
        *_of_access(told),
    )  # fmt: skip


def _of_access(told: Json) -> list[tuple[str, str]]:
    """Return the figures of compassionate access, or in two lines that nothing of it is recorded."""
    if isinstance(told["requests_affected"], dict):
        return [
            (_("Demandes d’accès compassionnel touchées, décisions en retard"), str(NOT_RECORDED)),
            (_("Patients à revoir"), str(NOT_RECORDED)),
        ]
    clocks = [told["access_clocks"]] if "access_clocks" in told else []
    return [
        (_("Demandes d’accès compassionnel touchées"), count(told["requests_affected"])),
        *((_("Délais légaux d’accès compassionnel touchés"), count(one)) for one in clocks),
        (_("Décisions en retard"), count(told["decisions_late"])),
        (_("Demandes dont le cas est à revoir"), count(told["patients_to_review"])),
    ]


def _timeline(report: Json) -> Iterator[Block]:
    internal = report["form"] == "internal"
    rows = [
        (
            moment(row["at"]),
            what(row["what"]),
            " : ".join(filter(None, (named(row["service"]), row["text"], row.get("why", "")))),
            _basis(row),
            row["node"],
        )
        for row in report["timeline"]
    ]
    head = (_("Quand"), _("Quoi"), _("Détail"), _("Mesuré ou déclaré"), _("Serveur"))
    yield from table(_("Chronologie"), head, rows, (4, 4, 6, 3, 2))
    if not internal:
        yield str(NOT_PUBLISHED)


def _basis(row: Json) -> str:
    if row["basis"] == "measured":
        return _("mesuré")
    who = row.get("by", "")
    return _("déclaré, %(who)s") % {"who": who} if who else _("déclaré")


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
        _("Service et serveur"), _("En panne"), _("Revenu"), _("Vérifié"), _("Durée"), _("Objectif"), _("Rang prévu / réel"),
        _("Rechutes"),
    )  # fmt: skip
    yield from table(_("Service par service"), head, rows, (4, 3, 3, 3, 2, 3, 2, 2))
    if not rows:
        yield _("Aucune panne d’un service n’a été observée dans cet incident.")
    yield _(
        "Objectifs et rangs proposés, non opposables. Perte de données tolérée : aucune pour ce qui a "
        "un accusé."
    )


def _target(row: Json) -> str:
    if row["target_minutes"] is None:
        return _("aucun")
    told = _("%(duration)s : tenu") if row["target_met"] else _("%(duration)s : non tenu")
    return told % {"duration": duration(row["target_minutes"])}


def _communication(report: Json) -> Iterator[Block]:
    rows = [
        (
            moment(row["due"]) if row["due"] else _("rien n’était dû"),
            moment(row["promised"]),
            moment(row["at"]) if row["at"] else _("jamais"),
            lateness(row["late_minutes"]),
            lateness(row["late_on_promise_minutes"]),
        )
        for row in report["communication"]["bulletins"]
    ]
    head = (
        _("Dû"),
        _("Promis"),
        _("Diffusé"),
        _("Retard sur l’échelle"),
        _("Retard sur la promesse"),
    )
    yield from table(_("Bulletins et échelle"), head, rows, (3, 3, 3, 3, 3))
    yield _(
        "Échelle : premier bulletin sous 15 minutes, puis toutes les 2 heures jusqu’à 4 heures de "
        "panne, toutes les 3 heures jusqu’à 24 heures, toutes les 5 heures ensuite."
    )
    yield _("Qui n’a pas pu être joint : %(told)s") % {"told": inside(NOT_RECORDED)}


def _causes(report: Json) -> Iterator[Block]:
    told = report["causes"]
    if report["form"] == "public":
        rows = [(moment(row["at"]), str(NATURES[row["nature"]])) for row in told]
        yield from table(_("Causes déclarées"), (_("Quand"), _("Nature")), rows, (1, 3))
    else:
        full = [
            (moment(row["at"]), str(NATURES[row["nature"]]), row["text"], row["by"])
            for row in told
        ]
        head = (_("Quand"), _("Nature"), _("Cause (déclarée)"), _("Par"))
        yield from table(_("Causes"), head, full, (3, 3, 8, 2))
    if not told:
        yield _("Aucune cause n’a été consignée.")


def _actions(report: Json) -> Iterator[Block]:
    told = report["actions"]
    if report["form"] == "public":
        rows = [(row["action"], day(row["due"]), _proof(row)) for row in told]
        yield from table(_("Actions"), (_("Action"), _("Pour le"), _("Preuve")), rows, (1, 2, 4))
    else:
        full = [
            (
                row["action"], row["text"] or "–", row["owner"] or "–", day(row["due"]),
                _proof(row),
            )
            for row in told
        ]  # fmt: skip
        head = (_("Action"), _("Quoi"), _("Qui"), _("Pour le"), _("Preuve"))
        yield from table(_("Actions"), head, full, (1, 5, 2, 2, 4))
    if not told:
        yield _("Aucune action n’a été consignée.")


def _proof(row: Json) -> str:
    if "done" in row:
        return _("produite") if row["done"] else _("aucune preuve")
    return str(row["proof"] or _("aucune preuve"))


def _annexes(report: Json) -> Iterator[Block]:
    told = report["annexes"]
    rows = [(what(name.partition(".")[2]), str(n)) for name, n in told["by_type"].items()]
    yield from table(
        _("Événements dont ce rapport est tiré"), (_("Événement"), _("Nombre")), rows, (3, 1)
    )
    yield from _log_by_type(told)
    head = (_("Chiffre"), _("Ce qu’il compte"), _("Tiré de"))
    defined = [tuple(map(str, row)) for row in DEFINITIONS]
    yield from table(_("Définitions"), head, defined, (3, 6, 4))
    if told["masking"]:
        masked = _(
            "Effectifs de 1 à 4 : « < 5 ». Pour qu’aucun ne se retrouve par soustraction, un total "
            "qui en comprend un n’est donné que par ses bornes, et un tableau dont le total se lit "
            "ailleurs est masqué en entier. Aucun numéro de déclaration, aucun nom."
        )
        yield f"{masked} {NOT_PUBLISHED}"
    yield _(
        "Limites : l’habitude est une moyenne et ne dit pas qui s’est tu ; un délai est celui qui court "
        "aujourd’hui dans le journal ; ce qui arrive encore par les files donne une version nouvelle ; "
        "après une réouverture, fiches, envois, doublons et journal se comptent du début à la fin, "
        "l’intervalle compris."
    )


def _log_by_type(told: Json) -> Iterator[Block]:
    caption = _("Journal entier : événements reçus du début à la fin, par type")
    if told["masking"]:
        yield _("%(caption)s : forme interne seulement.") % {"caption": caption}
        return
    rows = [(name, str(n)) for name, n in (told.get("log_by_type") or {}).items()]
    yield from table(caption, ("Type (docs/events.md)", _("Nombre")), rows, (3, 1))


def _oral(report: Json) -> Iterator[Block]:
    """Tell sheets, and what was given; where neither is recorded, that once."""
    sheets = report["oral_agreements"]
    if "given" in report and isinstance(sheets, dict) and "recorded" in sheets:
        yield _("Fiches du mode dégradé : %(told)s") % {"told": inside(NOT_RECORDED)}
    else:
        yield from oral(report)
    yield from given(report)


SECTIONS = (
    (gettext_lazy("Identité"), _identity),
    (gettext_lazy("Résumé"), _summary),
    (gettext_lazy("Chronologie"), _timeline),
    (gettext_lazy("Services"), _services),
    (gettext_lazy("Demandes d’accès compassionnel"), requests),
    (gettext_lazy("Décisions en retard"), decisions),
    (gettext_lazy("Accords oraux et dispensations conformes"), _oral),
    (gettext_lazy("Déclarations et échéances de pharmacovigilance"), both),
    (gettext_lazy("Rapprochement"), reconciliation),
    (gettext_lazy("Droit : accusés, signatures, CNIL, CERT Santé, NIS 2"), legal),
    (gettext_lazy("Sécurité des patients"), safety),
    (gettext_lazy("Communication"), _communication),
    (gettext_lazy("Causes"), _causes),
    (gettext_lazy("Actions et suites"), _actions),
    (gettext_lazy("Annexes, définitions et limites"), _annexes),
)
