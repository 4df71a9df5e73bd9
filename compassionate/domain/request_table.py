"""In which states of a request each command may be given; every other one is refused.

Reports of fact stand in REPORTS: they are accepted in every state, and flagged where odd.
"""

from collections.abc import Mapping
from typing import Any

from compassionate.domain.request_commands import (
    AnswerInformation,
    AskInformation,
    AttachDocument,
    ChangePrescription,
    CheckConformity,
    CorrectDispensing,
    DeclareDispensing,
    DepositDecision,
    DraftRequest,
    EstablishSilence,
    Grant,
    JoinReceipt,
    NoteCorrection,
    NoteDelay,
    NoteFirstReading,
    NoteInformationOverdue,
    ProposeDecision,
    RecordOralAgreement,
    RecordOralRefusal,
    Refuse,
    Regularise,
    ReportWithdrawal,
    ReturnToPrescriber,
    SendToAgency,
    SendToPharmacy,
    SubmitRequest,
    TakeUp,
    WithdrawRequest,
)
from compassionate.domain.vocabulary import AT_AGENCY, RequestState as State

REPORTS: frozenset[type[Any]] = frozenset(
    {
        DeclareDispensing,
        CorrectDispensing,
        RecordOralAgreement,
        RecordOralRefusal,
        AnswerInformation,
        AttachDocument,
        JoinReceipt,
    }
)

STATES: Mapping[type[Any], frozenset[State]] = {
    DraftRequest: frozenset({State.NOT_BEGUN}),
    SubmitRequest: frozenset({State.NOT_BEGUN}),
    ChangePrescription: frozenset({State.DRAFT, State.RETURNED, State.TO_REGULARISE}),
    SendToPharmacy: frozenset({State.DRAFT, State.RETURNED}),
    ReturnToPrescriber: frozenset({State.AT_PHARMACY}),
    SendToAgency: frozenset({State.AT_PHARMACY, State.TO_REGULARISE}),
    # Also to hand it over.
    TakeUp: frozenset({State.RECEIVED, State.UNDER_ASSESSMENT}),
    CheckConformity: frozenset({State.RECEIVED, State.UNDER_ASSESSMENT}),
    AskInformation: frozenset({State.UNDER_ASSESSMENT}),
    NoteInformationOverdue: frozenset({State.INFORMATION_ASKED}),
    NoteDelay: AT_AGENCY | {State.TO_REGULARISE},
    ProposeDecision: frozenset({State.UNDER_ASSESSMENT}),
    Grant: frozenset({State.UNDER_ASSESSMENT, State.TO_SIGN}),
    Regularise: frozenset({State.TO_SIGN}),
    Refuse: frozenset({State.TO_SIGN}),
    # What was given to a patient already is regularised, never taken back: TO_REGULARISE is not here.
    WithdrawRequest: AT_AGENCY | {State.DRAFT, State.AT_PHARMACY, State.RETURNED},
    # Between the two nobody but a prescriber with an account has brought it.
    ReportWithdrawal: AT_AGENCY | {State.DRAFT},
    EstablishSilence: AT_AGENCY,
    DepositDecision: frozenset({State.GRANTED, State.REFUSED, State.IMPLICIT}),
    NoteFirstReading: frozenset({State.GRANTED, State.REFUSED, State.IMPLICIT}),
    NoteCorrection: frozenset({State.GRANTED, State.REFUSED, State.IMPLICIT}),
}

WHY: Mapping[State, tuple[str, str]] = {
    State.NOT_BEGUN: ("unknown_request", "Cette demande n'existe pas."),
    State.DRAFT: ("still_a_draft", "La demande est encore un brouillon du prescripteur."),
    State.AT_PHARMACY: (
        "at_pharmacy",
        "La demande est à la pharmacie : le pharmacien la retourne ou l'envoie à l'agence.",
    ),
    State.RETURNED: (
        "returned_to_prescriber",
        "La pharmacie a retourné la demande : le prescripteur la complète.",
    ),
    State.TO_REGULARISE: (
        "to_regularise",
        "Une dose est donnée ou accordée : envoyez les deux volets à l'agence, qui régularise.",
    ),
    State.RECEIVED: (
        "received_by_agency",
        "L'agence a reçu la demande et ne l'évalue pas encore.",
    ),
    State.UNDER_ASSESSMENT: ("under_assessment", "La demande est en évaluation à l'agence."),
    State.INFORMATION_ASKED: (
        "information_asked",
        "L'agence attend une information : répondez à sa question.",
    ),
    State.TO_SIGN: ("to_sign", "Une décision est proposée et attend sa signature."),
    State.GRANTED: ("already_granted", "La demande est déjà accordée."),
    State.REFUSED: (
        "already_refused",
        "La demande est déjà refusée : une nouvelle reste possible.",
    ),
    State.WITHDRAWN: (
        "already_withdrawn",
        "La demande est déjà retirée : une nouvelle reste possible.",
    ),
    State.IMPLICIT: (
        "implicitly_decided",
        "Le silence de l'agence a déjà décidé de cette demande.",
    ),
}
"""Code and sentence by which a command is refused in a state that is not its own."""
EXISTS = ("already_exists", "Cette demande existe déjà : ouvrez-la.")


def refusal(command: type[Any], state: State) -> tuple[str, str] | None:
    """Return why this kind of command is refused in a state, None where it may be given."""
    if command in REPORTS or state in STATES[command]:
        return None
    begins = STATES[command] == {State.NOT_BEGUN}
    return EXISTS if begins else WHY[state]
