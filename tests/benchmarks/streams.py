"""Whole declarations for the rebuild: real commands, decided, encoded and sealed, then multiplied.

A pool of template streams is written by the domain and the codec, ciphertext included; PostgreSQL
multiplies it, interleaved as declarations that live side by side are, and the log itself gives
positions and blocks.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from tests.benchmarks.lab import Lab
from tests.benchmarks.material import METADATA

POOL = 500
BEGINNING = datetime(2025, 1, 6, 8, tzinfo=UTC)
Stored = tuple[int, str, int, str]

MULTIPLY = """
    INSERT INTO events_event (stream, version, type, schema_version, command_id, command_index,
        payload, metadata, occurred_at, received_at, recorded_at)
    SELECT format('declaration-%%s-%%s-8%%s-8000-000000000000',
               substr(noise, 1, 8), substr(noise, 9, 4), substr(noise, 13, 3)),
           version, type, schema_version, gen_random_uuid(), 0, payload, metadata,
           moment, moment, moment
    FROM (
        SELECT template.*, number, md5(number::text) AS noise,
               %(first)s::timestamptz + (number + version * 2500) * interval '1 minute' AS moment
        FROM generate_series(%(from)s::bigint, %(to)s::bigint - 1) AS number
        JOIN bench_template AS template ON template.place = number %% %(pool)s
    ) AS grown
    ORDER BY moment, number
"""


def grow(lab: Lab, database: str, streams: int, already: int = 0) -> int:
    """Bring the log to `streams` declarations from `already`; return how many events it has."""
    from events import epochs

    with psycopg.connect(lab.admin(database), autocommit=True) as connection:
        if not already:
            _keep_templates(connection)
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute(
            MULTIPLY, {"first": BEGINNING, "from": already, "to": streams, "pool": POOL}
        )
        connection.execute(
            "INSERT INTO events_pending SELECT id FROM events_event AS event"
            " WHERE id > (SELECT coalesce(max(event_id), 0) FROM events_position)"
        )
        while _first(connection, "SELECT events_sequence(32768)"):
            pass
        epochs.remember()
        connection.execute("VACUUM ANALYZE events_event, events_position, events_pending")
        return _first(connection, "SELECT count(*) FROM events_event")


def _first(connection: psycopg.Connection[Any], statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _keep_templates(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "CREATE TABLE bench_template (place integer, version integer, type text,"
        " schema_version integer, payload json, metadata json)"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY bench_template (place, version, type, schema_version, payload, metadata) FROM STDIN"
        ) as copy,
    ):
        for place in range(POOL):
            for stored in template(place):
                copy.write_row((place, *stored, METADATA))


def template(seed: int) -> Iterator[Stored]:
    """Yield (version, type, schema version, payload) of one invented declaration's life."""
    from events.codec import catalogue
    from events.vault import Sealer
    from pharmacovigilance.domain.declaration import DECLARATION

    identifier = UUID(int=seed)
    sealer = Sealer(f"declaration-{identifier}", {})
    facts, version = DECLARATION.initial, 0
    for command in _life(identifier, Random(seed)):
        for event in DECLARATION.decide(facts, command):
            facts, version = DECLARATION.evolve(facts, event), version + 1
            yield version, event.TYPE, event.SCHEMA, catalogue.encode(event, sealer.seal)


def _life(identifier: UUID, chance: Random) -> Iterator[Any]:
    """Yield a declaration, follow-ups, a question with its answer, and now and then a withdrawal.

    Five commands on average.
    """
    from pharmacovigilance.domain import commands, vocabulary

    moment = BEGINNING

    def times() -> dict[str, Any]:
        nonlocal moment
        moment += timedelta(days=chance.randint(1, 20), hours=chance.randint(0, 9))
        return {"declaration_id": identifier, "occurred_at": moment, "received_at": moment}

    yield commands.DeclareAdverseEvent(
        **times(),
        report=_report(chance),
        channel=chance.choice([vocabulary.Channel.API, vocabulary.Channel.PORTAL]),
        declarant=str(UUID(int=chance.getrandbits(128))),
        institution="759900012",
        patient_pseudonym=f"{chance.getrandbits(128):032x}",
    )
    for _ in range(chance.choice([1, 2, 2, 2, 3])):
        yield commands.AddFollowUp(**times(), information=_information(chance))
    if chance.random() < 0.9:
        question = UUID(int=chance.getrandbits(128))
        text = "Le traitement a-t-il été repris depuis, et à quelle posologie ?"
        yield commands.AskInformation(
            **times(), question_id=question, text=text, by=vocabulary.Party.REVIEWER
        )
        if chance.random() < 0.9:
            answer = "Non, le traitement n'a pas été repris ; relais par une autre classe."
            yield commands.AnswerInformation(**times(), question_id=question, text=answer)
    if chance.random() < 0.03:
        yield commands.WithdrawDeclaration(**times(), reason="Déclaration faite deux fois.")


DRUGS = (
    ("AMOXICILLINE ACIDE CLAVULANIQUE 1 g/125 mg", "orale", "1 g trois fois par jour", "Otite"),
    ("PARACETAMOL 1 g, comprimé", "orale", "1 g toutes les six heures", "Fièvre"),
    ("METHOTREXATE 2,5 mg, comprimé", "orale", "15 mg par semaine", "Polyarthrite rhumatoïde"),
    ("KETOPROFENE 100 mg", "intraveineuse", "100 mg deux fois par jour", "Douleur"),
    ("APIXABAN 5 mg", "orale", "5 mg deux fois par jour", "Fibrillation atriale"),
)
TERMS = ("Éruption maculopapuleuse", "Œdème de Quincke", "Cytolyse hépatique", "Fièvre", "Malaise")
STORY = "Éruption fébrile au sixième jour du traitement ; évolution favorable à son arrêt."


def _report(chance: Random) -> Any:
    from pharmacovigilance.domain import report, vocabulary as words

    return report.Report(
        patient=report.Patient(
            name_letters="DUP", first_name_initial="J", birth_date=f"{chance.randint(1930, 2005)}-05",
            sex=chance.choice([words.Sex.FEMALE, words.Sex.MALE]), weight_kg=71.5, height_cm=168,
        ),
        reporter=report.Reporter(
            profession=chance.choice([words.Profession.PHYSICIAN, words.Profession.PHARMACIST]),
            family_name="Martin", email="c.martin@example.invalid", postcode="75013",
            department_code=chance.choice(["75", "69", "13", "2A", "33", "59"]),
        ),
        drugs=tuple(_drugs(chance)),
        reactions=tuple(_reactions(chance)),
        seriousness=tuple(chance.choice([(), (words.SeriousnessCriterion.HOSPITALISATION,)])),
        narrative=STORY,
    )  # fmt: skip


def _drugs(chance: Random) -> Iterator[Any]:
    from pharmacovigilance.domain import report, vocabulary as words

    for place, (name, route, dosage, indication) in enumerate(
        chance.sample(DRUGS, chance.randint(1, 3))
    ):
        yield report.Drug(
            name=name, route=route, dosage=dosage, indication=indication, start="2024-11", end="2024-12-20",
            kind=words.ProductKind.MEDICINE,
            role=words.DrugRole.CONCOMITANT if place else words.DrugRole.SUSPECT,
            action_taken=words.ActionTaken.WITHDRAWN,
        )  # fmt: skip


def _reactions(chance: Random) -> Iterator[Any]:
    from pharmacovigilance.domain import report, vocabulary as words

    for term in chance.sample(TERMS, chance.randint(1, 2)):
        outcome = chance.choice([words.Outcome.RECOVERED, words.Outcome.NOT_RECOVERED])
        yield report.Reaction(term=term, onset="2024-12-18", outcome=outcome)


def _information(chance: Random) -> Any:
    from pharmacovigilance.domain import report, vocabulary as words

    recovered = report.ReactionInformation(index=0, outcome=words.Outcome.RECOVERED)
    another: Sequence[Any] = [
        report.DrugInformation(name="LEVOTHYROXINE 75 µg", role=words.DrugRole.CONCOMITANT)
    ]
    return report.Information(
        reactions=(recovered,) if chance.random() < 0.6 else (),
        drugs=tuple(another) if chance.random() < 0.3 else (),
        seriousness=(words.SeriousnessCriterion.HOSPITALISATION,)
        if chance.random() < 0.2
        else None,
        narrative="Bilan de contrôle normalisé à un mois, pas de récidive depuis l'arrêt.",
    )
