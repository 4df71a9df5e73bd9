"""The status page and its JSON, made from the journal's picture alone; French first, then English."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from continuity.beacon.watch import SILENT, Incident, Picture, Service, State
from continuity.beacon.words import (
    ACCESS,
    LABELS,
    MEANWHILE,
    MEANWHILE_ACCESS,
    OF_ACCESS,
    STATES,
)

PARIS = ZoneInfo("Europe/Paris")
INTAKE = "intake"
SHOWN_GAPS = 5
SHOWN_INCIDENTS = 5
Range = tuple[datetime, datetime] | None


class Told(NamedTuple):
    """What the beacon knows: `intact` is false once its journal was changed by somebody.

    `eta` is when all that waits is recorded and listed, `spooled` how much of it is not recorded;
    after `silent` without a look nothing is known. `on_call`: the numbers at which somebody answers.
    """

    seen: Picture
    last_look: datetime | None = None
    eta: Range = None
    intact: bool = True
    silent: timedelta = SILENT
    spooled: int | None = None
    on_call: tuple[str, ...] = ()


def as_known(told: Told, now: datetime) -> Told:
    """Return what may still be said now: a beacon that hangs knows nothing of its services."""
    seen, last = told.seen, told.last_look
    if last is not None and now - last > told.silent:
        lost = {
            name: replace(one, state=State.NOT_OBSERVED, since=last, why="", verified=False)
            for name, one in seen.services.items()
        }
        told = told._replace(seen=replace(seen, services=lost), eta=None, spooled=None)
    # What is caught up tells nothing of what is down.
    if not all(one.state is State.UP for one in told.seen.services.values()):
        told = told._replace(eta=None)
    return told


STYLE = """
 body{font:1rem/1.5 system-ui,sans-serif;color:#161616;background:#fff;margin:0 auto;max-width:48rem;
 padding:1rem} h1{font-size:1.6rem;line-height:1.2} h2{font-size:1.2rem;margin-top:2rem}
 .all{padding:1rem;border-left:.4rem solid;font-weight:700} .up{border-color:#18753c;color:#18753c}
 .down{border-color:#ce0500;color:#ce0500} .not_observed{border-color:#b34000;color:#b34000}
 ul{list-style:none;padding:0} li{border-bottom:1px solid #ddd;padding:.75rem 0}
 b.state{float:right;padding-left:1rem} [lang=en],.small{color:#666;font-size:.875rem;display:block}
 blockquote{margin:1rem 0;padding:.25rem 1rem;border-left:.25rem solid #6a6af4;white-space:pre-line}
"""


def as_json(told: Told, now: datetime) -> dict[str, Any]:
    """Return what the page says, for machines."""
    known = as_known(told, now)
    seen, last_look, eta = known.seen, known.last_look, known.eta
    hindered = any(_hinders(one) for one in seen.services.values())
    return {
        "at": now.isoformat(),
        "observed_at": last_look.isoformat() if last_look else None,
        "services": [
            {
                "name": one.name,
                "label": _labels(one.name)[0],
                "state": one.state,
                "since": one.since.isoformat(),
                "meanwhile": _meanwhile_json(_meanwhile(one, hindered=hindered)),
            }
            for one in seen.services.values()
        ],
        # The outage where there is one; `open` holds the others too.
        "incident": _incident_json(seen.current) if seen.current else None,
        "open": [_incident_json(one) for one in seen.open],
        "incidents": [_incident_json(one) for one in reversed(seen.incidents)],
        "next_update": seen.current.next_update.isoformat() if seen.current else None,
        "eta": {"from": eta[0].isoformat(), "to": eta[1].isoformat()} if eta else None,
        "spooled": known.spooled,
        "access": _access_json(known),
        "on_call": list(known.on_call),
        "journal_intact": told.intact,
        "not_observed": [{"from": a.isoformat(), "to": b.isoformat()} for a, b in seen.gaps],
    }


def _access_json(known: Told) -> list[dict[str, str]] | None:
    said = [{"fr": french, "en": english} for french, english in MEANWHILE_ACCESS]
    return said if _hinders_access(known.seen) else None


def _meanwhile_json(words: tuple[str, str] | None) -> dict[str, str] | None:
    return {"fr": words[0], "en": words[1]} if words else None


def _incident_json(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.number,
        "title": incident.title,
        "services": list(incident.services),
        "opened_at": incident.opened_at.isoformat(),
        "restored_at": incident.restored_at.isoformat() if incident.restored_at else None,
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
        "bulletins": [
            {
                "at": told.at.isoformat(),
                "text": told.text,
                "next_update": told.next_update.isoformat(),
            }
            for told in incident.bulletins
        ],
    }


def as_html(told: Told, now: datetime) -> str:
    """Return the page; nothing on it needs another request."""
    known = as_known(told, now)
    seen, last_look, eta = known.seen, known.last_look, known.eta
    order = list(LABELS)
    services = sorted(
        seen.services.values(),
        key=lambda one: order.index(one.name) if one.name in LABELS else len(order),
    )
    hindered = any(_hinders(one) for one in services)
    parts = [
        _headline(services, unknown_since=last_look if known.seen is not told.seen else None),
        *(_open(one, now, _end(services, eta if one.is_outage else None)) for one in seen.open),
        f"<ul>{''.join(_service(one, hindered=hindered) for one in services)}</ul>",
        _access(known),
        _spooled(known.spooled),
        _past(seen),
        _gaps(seen.gaps),
        ""
        if told.intact
        else "<p><strong>Le journal de cette page a été modifié après coup.</strong></p>",
        _last_look(last_look),
    ]
    return (
        "<!doctype html><html lang=fr><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width"><meta http-equiv=refresh content=30>'
        f"<title>État du service</title><style>{STYLE}</style></head><body>"
        f"<main><h1>État du service <span lang=en>Service status</span></h1>{''.join(parts)}</main>"
        "</body></html>"
    )


def _headline(services: Sequence[Service], unknown_since: datetime | None) -> str:
    intake = next((one.state for one in services if one.name == INTAKE), State.NOT_OBSERVED)
    down = [one for one in services if one.state is State.DOWN]
    if unknown_since is not None:
        since = _moment(unknown_since)
        state, words = State.NOT_OBSERVED, (
            f"Non observé depuis le {since} : l’état du service n’est pas connu.",
            f"Not observed since {since}: the state of the service is not known.",
        )  # fmt: skip
    elif intake is State.DOWN:
        state, words = State.DOWN, (
            "Les déclarations ne peuvent pas être reçues ici en ce moment.",
            "Declarations cannot be received here at present.",
        )  # fmt: skip
    elif intake is State.UP and down:
        state, words = State.NOT_OBSERVED, (
            "Les déclarations sont reçues ; une partie du service est en panne.",
            "Declarations are received; part of the service is down.",
        )  # fmt: skip
    elif any(one.state is State.NOT_OBSERVED for one in services) or intake is not State.UP:
        state, words = State.NOT_OBSERVED, (
            "L’état du service n’est pas encore connu.",
            "The state of the service is not known yet.",
        )  # fmt: skip
    else:
        state, words = State.UP, (
            "Les déclarations sont reçues normalement.",
            "Declarations are received normally.",
        )  # fmt: skip
    return f'<p class="all {state}">{words[0]}<span lang=en>{words[1]}</span></p>'


def _hinders(one: Service) -> bool:
    """Say whether nobody can declare here because of it."""
    return one.state is State.DOWN and one.name == INTAKE


def _hinders_access(seen: Picture) -> bool:
    """Say whether what a treatment for a patient needs is not known to work."""
    needed = [seen.services[name].state for name in OF_ACCESS if name in seen.services]
    return not needed or any(state is not State.UP for state in needed)


def _access(known: Told) -> str:
    """Return what a pharmacist and a prescriber do, with whom they call."""
    rows = "".join(
        f"<li>{escape(french)}<span lang=en>{escape(english)}</span></li>"
        for french, english in MEANWHILE_ACCESS
    )
    phones = " · ".join(escape(number) for number in known.on_call)
    called = (
        f"<p>Astreinte : <strong>{phones}</strong><span lang=en>On-call: {phones}</span></p>"
        * bool(phones)
    )
    return f"<h2>{ACCESS[0]} <span lang=en>{ACCESS[1]}</span></h2><ul>{rows}</ul>{called}" * (
        _hinders_access(known.seen)
    )


def _service(one: Service, *, hindered: bool) -> str:
    french, english = _labels(one.name)
    state, state_in_english = STATES[one.state]
    text = (
        f"<li><b class='state {one.state}'>{state}</b>{escape(french)}"
        f"<span class=small>depuis le {_moment(one.since)}</span>"
        f"<span lang=en>{escape(english)}: {state_in_english}</span>"
    )
    if meanwhile := _meanwhile(one, hindered=hindered):
        text += f"<p>En attendant : {escape(meanwhile[0])}<span lang=en>{escape(meanwhile[1])}</span></p>"
    return text + "</li>"


def _meanwhile(one: Service, *, hindered: bool) -> tuple[str, str] | None:
    # "You can report" beside an intake that is down would be a lie.
    said = one.state is State.DOWN and hindered == _hinders(one)
    return MEANWHILE.get(one.name) if said else None


def _end(services: Sequence[Service], eta: Range) -> tuple[str, str]:
    """Return when all is well again; what still waits is no outage and has words of its own."""
    if eta:
        first, last = _moment(eta[0]), _moment(eta[1])
        french = (
            "Tout répond. Ce qui a été reçu entre au registre et dans les listes de l’agence : tout y"
            f" sera entre le {first} et le {last}"
        )
        english = (
            "everything answers; all that was received is in the log and in the agency’s lists"
            f" between {first} and {last}"
        )
        return french, english
    if services and all(one.state is State.UP for one in services):
        return (
            "Tout répond ; la fin de l’incident est annoncée ici",
            "everything answers; the end of the incident is told here",
        )
    return (
        "Retour à la normale : inconnu ; il est annoncé ici dès qu’il est connu",
        "end: unknown, told here as soon as it is known",
    )


def _open(incident: Incident, now: datetime, end: tuple[str, str]) -> str:
    late = " (en retard)" if incident.next_update < now else ""
    return (
        f"<h2>Incident {escape(incident.number)} {escape(incident.title)}</h2>"
        f"<p>Depuis le {_moment(incident.opened_at)}. {end[0]}."
        f"<br>Prochaine information : au plus tard le {_moment(incident.next_update)}{late}."
        f"<span lang=en>Since {_moment(incident.opened_at)}; {end[1]}; next information by"
        f" {_moment(incident.next_update)}.</span></p>{_bulletins(incident)}"
    )


def _spooled(count: int | None) -> str:
    return (
        f"<p>Envois reçus qui attendent leur inscription au registre : {count}."
        f"<span lang=en>Received, and not in the log yet: {count}.</span></p>"
    ) * bool(count)


def _past(seen: Picture) -> str:
    over = [one for one in reversed(seen.incidents) if one.restored_at][:SHOWN_INCIDENTS]
    rows = "".join(
        f"<li>{escape(one.number)} {escape(one.title)}<span class=small>du {_moment(one.opened_at)}"
        f" au {_moment(one.restored_at)}</span>{_bulletins(one)}</li>"
        for one in over
        if one.restored_at
    )
    return f"<h2>Incidents passés <span lang=en>Past incidents</span></h2><ul>{rows}</ul>" * bool(
        over
    )


def _bulletins(incident: Incident) -> str:
    return "".join(
        f"<blockquote>{escape(told.text)}<span class=small>{_moment(told.at)}</span></blockquote>"
        for told in reversed(incident.bulletins)
    )


def _gaps(gaps: Sequence[tuple[datetime, datetime]]) -> str:
    rows = "".join(
        f"<li>du {_moment(first)} au {_moment(last)}</li>" for first, last in gaps[-SHOWN_GAPS:]
    )
    return f"<h2>Non observé <span lang=en>Not observed</span></h2><ul>{rows}</ul>" * bool(gaps)


def _last_look(at: datetime | None) -> str:
    french, english = (_moment(at), _moment(at)) if at else ("aucune", "none")
    return (
        f"<p class=small>Dernière observation : {french}. Cette page se renouvelle toutes les"
        f" 30 secondes.<span lang=en>Last observation: {english}.</span></p>"
    )


def _labels(name: str) -> tuple[str, str]:
    return LABELS.get(name, (name, name))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%d/%m/%Y %H:%M}"
