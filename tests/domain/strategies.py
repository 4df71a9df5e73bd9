"""Anything that a client might send: possible, odd, and impossible."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from pharmacovigilance.domain.report import (
    BloodProduct,
    Drug,
    DrugInformation,
    Information,
    Newborn,
    Patient,
    Reaction,
    ReactionInformation,
    Report,
    Reporter,
)
from pharmacovigilance.domain.vocabulary import (
    ActionTaken,
    AgeGroup,
    AgeUnit,
    Answer,
    AuthorisationStatus,
    Channel,
    Circumstance,
    Coded,
    DrugRole,
    NewbornExposure,
    Outcome,
    Party,
    ProductKind,
    Profession,
    SeriousnessCriterion,
    Sex,
)
from tests.domain.samples import answer, ask, declare, disjoin, follow_up, join, withdraw


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return None or a value."""
    return st.none() | strategy


def some(enum: type[Coded]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a tuple of members."""
    return st.lists(st.sampled_from(enum), max_size=3).map(tuple)


texts = st.sampled_from(["A", "Fièvre", "", " ", "été 😀", "x\0y", "\ud800"]) | st.text(max_size=8)
good_texts = st.sampled_from(["A", "Fièvre", "été 😀", "Choc anaphylactique"])
dates = st.sampled_from(
    [
        "2026",
        "2025-12",
        "2026-02-20",
        "2026-02-30",
        "2031",
        "hier",
        "1950-03-02",
        "1789",
        "2026-01",
    ]
)
receipts = st.sampled_from(["n2-1-1-0", "n2-1-2-0", "n3-4-1-0"])
good_dates = st.sampled_from(["2024", "2024-12", "2025-06-20"])
received = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def _patient(text: Any, date: Any) -> st.SearchStrategy[Patient]:
    newborn = st.builds(
        Newborn,
        exposures=some(NewbornExposure),
        trimesters=st.lists(st.integers(1, 3), max_size=2).map(tuple),
        last_menstrual_period=maybe(date),
    )
    ages = st.sampled_from(
        [(None, None), (40.0, AgeUnit.YEAR), (3.0, AgeUnit.MONTH), (0.5, AgeUnit.DAY)]
    )
    return st.builds(
        lambda age, **fields: Patient(age_value=age[0], age_unit=age[1], **fields),
        age=ages,
        name_letters=maybe(st.just("DUP")),
        first_name_initial=maybe(st.just("A")),
        birth_date=maybe(st.just("1950-03-02") if date is good_dates else date),
        age_group=maybe(st.sampled_from(AgeGroup)),
        sex=maybe(st.sampled_from(Sex)),
        weight_kg=maybe(st.floats(1, 200, allow_nan=False)),
        height_cm=maybe(st.integers(40, 210)),
        last_menstrual_period=maybe(date),
        medical_history=maybe(text),
        newborn=maybe(newborn),
    )


def _drug(cls: type, text: Any, date: Any, **more: Any) -> st.SearchStrategy[Any]:
    return st.builds(
        cls,
        name=text if text is good_texts else maybe(text),
        cis=maybe(st.just("61234567")),
        kind=maybe(st.sampled_from(ProductKind)),
        role=maybe(st.sampled_from(DrugRole)),
        dosage=maybe(text),
        start=maybe(date),
        indication=maybe(text),
        authorisation=maybe(st.sampled_from(AuthorisationStatus)),
        batch_number=maybe(st.just("AB12")),
        dose_number=maybe(st.integers(1, 4)),
        stopped=maybe(st.sampled_from(Answer)),
        reappeared=maybe(st.sampled_from(Answer)),
        action_taken=maybe(st.sampled_from(ActionTaken)),
        **more,
    )


def _reaction(cls: type, text: Any, date: Any, **more: Any) -> st.SearchStrategy[Any]:
    return st.builds(
        cls,
        term=text if text is good_texts else maybe(text),
        onset=maybe(date),
        outcome=maybe(st.sampled_from(Outcome)),
        **more,
    )


def _reporter(text: Any) -> st.SearchStrategy[Reporter]:
    return st.builds(
        Reporter,
        profession=maybe(st.sampled_from(Profession)),
        family_name=maybe(text),
        phone=maybe(text),
        postcode=maybe(st.sampled_from(["33000", "20200", "X"])),
        department_code=maybe(st.sampled_from(["33", "2A", "971"])),
        country=maybe(st.sampled_from(["FR", "US"])),
    )


def _shared(text: Any, date: Any) -> dict[str, Any]:
    return {
        "blood_products": st.lists(
            st.builds(BloodProduct, name=good_texts, batch_number=maybe(text)), max_size=1
        ).map(tuple),
        "death_date": maybe(st.just("2026-01-01") if date is good_dates else date),
        "death_cause": maybe(text),
        "narrative": maybe(text),
        "lab_results": maybe(text),
        "hospital_unit": maybe(text),
    }


def _many(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


def reports(text: Any = texts, date: Any = dates) -> st.SearchStrategy[Report]:
    """Return reports; with `good_texts` and `good_dates` only such as can be recorded."""
    return st.builds(
        Report,
        patient=_patient(text, date),
        reporter=_reporter(text),
        drugs=_many(_drug(Drug, text, date)),
        reactions=_many(_reaction(Reaction, text, date)),
        seriousness=some(SeriousnessCriterion),
        circumstances=some(Circumstance),
        **_shared(text, date),
    )


def informations(text: Any = texts, date: Any = dates) -> st.SearchStrategy[Information]:
    """Return what follow-ups may say."""
    index = maybe(st.integers(0, 3))
    return st.builds(
        Information,
        patient=maybe(_patient(text, date)),
        reporter=maybe(_reporter(text)),
        drugs=_many(_drug(DrugInformation, text, date, index=index)),
        reactions=_many(_reaction(ReactionInformation, text, date, index=index)),
        seriousness=maybe(some(SeriousnessCriterion)),
        circumstances=maybe(some(Circumstance)),
        **_shared(text, date),
    )


def commands(text: Any = texts, date: Any = dates) -> st.SearchStrategy[Any]:
    """Return any command, at any time."""
    questions = st.uuids(version=4) | st.sampled_from([ask().question_id])
    parties = st.sampled_from(Party)
    account = maybe(st.just("7f1e"))
    return st.one_of(
        st.builds(
            declare,
            reports(text, date),
            received,
            channel=st.sampled_from(Channel),
            declarant=account,
            unverified=st.booleans(),
            received_in=st.none() | st.sampled_from(["75", "69"]),
        ),
        st.builds(follow_up, informations(text, date), received, by=parties),
        st.builds(withdraw, received, by=parties, reason=text),
        st.builds(ask, received, by=parties, text=text, question_id=questions),
        st.builds(answer, received, by=parties, text=text, question_id=questions),
        joins(),
        disjoins(),
    )


def joins() -> st.SearchStrategy[Any]:
    """Return further receipts of commands recorded already, or of none."""
    return st.builds(
        join,
        received,
        receipt_id=receipts,
        node=st.sampled_from(["n2", "DG"]),
        of_version=st.integers(0, 8),
    )


def disjoins() -> st.SearchStrategy[Any]:
    """Return findings that a receipt is of another case."""
    return st.builds(disjoin, received, receipt_id=receipts)


def histories() -> st.SearchStrategy[list[Any]]:
    """Return a declaration that can be recorded, followed by any commands."""
    first = st.builds(
        declare, reports(good_texts, good_dates), received, channel=st.sampled_from(Channel)
    )
    later = st.lists(commands(good_texts, good_dates) | commands(), max_size=6)
    return st.tuples(first, later).map(lambda pair: [pair[0], *pair[1]])
