"""The only place that answers "may they?" for compassionate access: one function per question.

Who a person is, and with what proof, is for `accounts.access`. A question about one request, or
about the authorisation made of it, takes a `RequestHolder`. That two persons differ, and in which
state something may be done, are rules of `compassionate.domain`.

Whoever holds no more than a declare-only credential reports facts of her own (a dispensing and its
correction, an answer, a document, an oral agreement) and reads nothing. Whoever is `unverified` may do
nothing here: nobody's word would stand for the institution, and a refused submission is set aside for a
person. A regional centre, and a superuser of the administration, have no right here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.contrib.auth.models import AnonymousUser

from accounts import access
from accounts.access import NOTHING, Scope, ScopeKind, Someone
from accounts.models import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHolder:
    """To whom a request belongs: accounts by public id, `institution` by its FINESS number.

    `author` began it; `prescriber` is she, or the senior in whose name an intern did. `on_call` are
    those who recorded a call about it. Unless said, nobody has a right by any of these:

    - `at_agency`: the agency has it: both parts, or the report of a dose or of a call.
    - `linked`: a declaration of an adverse reaction is linked to it.
    - `legal_case`: it is before the agency's lawyers: its term passed in silence.
    - `unsigned`: it began with a dose or a call (agreed to or refused), no account stands for its
      prescriber yet, and its form is still to be completed in the establishment.
    """

    author: str | None = None
    prescriber: str | None = None
    institution: str | None = None
    evaluator: str | None = None
    on_call: frozenset[str] = frozenset()
    at_agency: bool = False
    linked: bool = False
    legal_case: bool = False
    unsigned: bool = False


ASSESSORS = frozenset({Role.REVIEWER, Role.SIGNATORY})


def may_draft(user: Someone) -> bool:
    """Begin a request: prescribers and interns."""
    return _acts(user, Role.DOCTOR, Role.INTERN)


def may_change(user: Someone, holder: RequestHolder) -> bool:
    """Change the prescriber's part: its author, the senior named, who signs what nobody had."""
    return access.may_read(user) and _fills_in(user, holder)


def may_send_to_pharmacy(user: Someone, holder: RequestHolder) -> bool:
    """Send it to the hospital's pharmacy: the prescriber; an intern only with a senior named."""
    return access.may_read(user) and _is_prescribing_side(user, holder)


def may_return(user: Someone, holder: RequestHolder) -> bool:
    """Send it back to the prescriber: a pharmacist of the same establishment."""
    return access.may_read(user) and _is_pharmacist_there(user, holder)


def may_send_to_agency(user: Someone, holder: RequestHolder) -> bool:
    """Send both parts to the agency: a pharmacist of the same establishment (R5121-74; §5.3 1)."""
    return access.may_read(user) and _is_pharmacist_there(user, holder)


def may_submit(user: Someone) -> bool:
    """Give a whole request with both parts at once: pharmacists, for their own establishment."""
    return _acts(user, Role.HOSPITAL_PHARMACIST) and _institution(user) is not None


def may_declare_dispensing(user: Someone) -> bool:
    """Report a dose given out of hours: pharmacists; that the prescriber attests is told in it."""
    return _tells(user, Role.HOSPITAL_PHARMACIST)


def may_correct_dispensing(user: Someone, holder: RequestHolder) -> bool:
    """Correct what was told of a dose, a report of fact: a pharmacist of the same establishment."""
    return access.is_verified(user) and _is_pharmacist_there(user, holder)


def may_answer(user: Someone, holder: RequestHolder) -> bool:
    """Answer what the agency asked, a report of fact: the prescriber's side and the pharmacy."""
    return access.is_verified(user) and (
        _is_prescribing_side(user, holder) or _is_pharmacist_there(user, holder)
    )


def may_attach(user: Someone, holder: RequestHolder) -> bool:
    """Add a supporting document, a report of fact: who fills the form in, and the pharmacy."""
    return access.is_verified(user) and (
        _fills_in(user, holder) or _is_pharmacist_there(user, holder)
    )


def may_withdraw_request(user: Someone, holder: RequestHolder) -> bool:
    """Take a request back: its prescriber (§5.4), who signs what nobody had, an intern without a senior."""
    own = _is(user, holder.prescriber) and (
        _is_prescriber(user, holder) or _is_intern_of(user, holder)
    )
    return access.may_read(user) and (own or _may_sign(user, holder))


def may_report_withdrawal(user: Someone, holder: RequestHolder) -> bool:
    """Report that a prescriber without an account takes a request back in writing: her pharmacy.

    Whoever of its pharmacists is there, and not only who sent it: she may be on leave.
    """
    return (
        access.may_read(user) and holder.prescriber is None and _is_pharmacist_there(user, holder)
    )


def may_record_oral(user: Someone) -> bool:
    """Report what was agreed to or refused by telephone: who is on call."""
    return _tells(user, Role.ON_CALL)


def may_take_up(user: Someone) -> bool:
    """Begin to assess (§5.4): evaluators. A signatory who did could not sign any more."""
    return _acts(user, Role.REVIEWER)


def may_assess(user: Someone, holder: RequestHolder) -> bool:
    """Check conformity and ask for information: any evaluator or signatory, once it is there."""
    return access.may_read(user) and _is_assessed_by(user, holder)


def may_propose(user: Someone, holder: RequestHolder) -> bool:
    """Propose a decision: the evaluator who took it up."""
    return _acts(user, Role.REVIEWER) and _is(user, holder.evaluator)


def may_decide(user: Someone) -> bool:
    """Grant, regularise or refuse (CRPA L212-1): signatories."""
    return _acts(user, Role.SIGNATORY)


def may_act_on_authorisation(user: Someone) -> bool:
    """Suspend, resume, withdraw or abrogate an authorisation (R5121-74-8): signatories."""
    return _acts(user, Role.SIGNATORY)


def may_set_cessation(user: Someone) -> bool:
    """Fix the day on which authorisations stop after an AMM (R5121-74-9 I): signatories."""
    return _acts(user, Role.SIGNATORY)


def may_record_delegation(user: Someone) -> bool:
    """Record who may sign what in the director's name (CRPA L212-1): lawyers, nobody for herself."""
    return _acts(user, Role.LEGAL)


def may_set_parameter(user: Someone) -> bool:
    """Settle what the law leaves open, as the effect of silence (CRPA L231-1, L231-4): lawyers."""
    return _acts(user, Role.LEGAL)


def may_prepare_criteria(user: Someone) -> bool:
    """Prepare criteria and a PUT-SP; publishing them is another person's."""
    return _acts(user, Role.CRITERIA_EDITOR)


def may_publish_criteria(user: Someone) -> bool:
    """Publish what was prepared (R5121-74-3 II, R5121-74-10): signatories."""
    return _acts(user, Role.SIGNATORY)


def may_handle_holder_file(user: Someone) -> bool:
    """Write to the rights holder and to the ministers, and record it (R5121-74-1 II, R5121-74-9 I)."""
    return _acts(user, *ASSESSORS)


def may_establish_silence(user: Someone) -> bool:
    """Establish that the statutory term passed in silence (CRPA L231-1, L231-4): lawyers."""
    return _acts(user, Role.LEGAL)


def may_give_follow_up(user: Someone, holder: RequestHolder) -> bool:
    """Give the data of a PUT-SP (R5121-74-5): the prescriber and the pharmacy."""
    return access.may_read(user) and (
        _is_prescriber(user, holder) or _is_pharmacist_there(user, holder)
    )


def may_link_adverse_event(user: Someone, holder: RequestHolder) -> bool:
    """Link a declaration of an adverse reaction (R5121-172): those, and the vigilance pilot."""
    return may_give_follow_up(user, holder) or _acts(user, Role.VIGILANCE_PILOT)


def may_see_request(user: Someone, holder: RequestHolder) -> bool:
    """Read that a request exists, where it stands and what is due: nothing clinical."""
    return may_see_clinical(user, holder) or (_acts(user, Role.LEGAL) and holder.at_agency)


def may_see_clinical(user: Someone, holder: RequestHolder) -> bool:
    """Read what a request says of its patient; whoever audits, only where it is logged."""
    role = access.role_of(user)
    reads = _READS.get(role) if role is not None else None
    return reads is not None and access.may_read(user) and reads(user, holder)


def may_list_clinical(user: Someone, holder: RequestHolder) -> bool:
    """Read it in a list too: whoever audits reads file by file, each for a reason."""
    return may_see_clinical(user, holder) and not must_log_reading(user)


def may_see_queue(user: Someone) -> bool:
    """Read the agency's lists of requests, as `request_scope` narrows them.

    What a row may say of the patient is for `may_list_clinical`.
    """
    return _acts(user, *ASSESSORS, Role.LEGAL, Role.AUDITOR)


def may_see_authorisations(user: Someone) -> bool:
    """List authorisations, as `request_scope` narrows them."""
    establishment = (Role.INTERN, Role.DOCTOR, Role.HOSPITAL_PHARMACIST)
    return _acts(user, *establishment) or may_see_queue(user)


def may_count_lists(user: Someone) -> bool:
    """Count the lists of authorisations that the ministers publish (R5121-74-10); nothing of a patient."""
    return _acts(user, *ASSESSORS, Role.LEGAL)


def must_log_reading(user: Someone) -> bool:
    """Say whether what somebody reads is recorded, reading by reading."""
    return access.may_audit(user)


def request_scope(user: Someone) -> Scope:
    """Return which requests somebody's lists may show; what only a link leads to is in no list.

    All: what has reached the agency. Own: what she began or prescribed, or recorded a call about;
    of somebody who changed her role that may be more than she sees, so a row asks `is_listed`.
    """
    if isinstance(user, AnonymousUser) or not access.may_read(user):
        return NOTHING
    match access.role_of(user):
        case Role.INTERN | Role.DOCTOR | Role.ON_CALL:
            return Scope(kind=ScopeKind.OWN, declarant=str(user.public_id))
        case Role.HOSPITAL_PHARMACIST if user.institution_finess:
            return Scope(kind=ScopeKind.INSTITUTION, institution=user.institution_finess)
        case Role.REVIEWER | Role.SIGNATORY | Role.LEGAL | Role.AUDITOR:
            return Scope(kind=ScopeKind.ALL)
        case _:
            return NOTHING


def is_listed(user: Someone, holder: RequestHolder) -> bool:
    """Say whether somebody's lists show a request: it lies within her scope, and she may see it."""
    return _within(request_scope(user), holder) and may_see_request(user, holder)


def _within(scope: Scope, holder: RequestHolder) -> bool:
    match scope.kind:
        case ScopeKind.ALL:
            return holder.at_agency
        case ScopeKind.OWN:
            return scope.declarant in {holder.author, holder.prescriber, *holder.on_call}
        case ScopeKind.INSTITUTION:
            return holder.institution == scope.institution
        case ScopeKind.CENTRE | ScopeKind.NONE:
            return False


def _acts(user: Someone, *roles: Role) -> bool:
    """Say whether somebody is of one of these roles, with a credential that may also read."""
    return access.may_read(user) and access.role_of(user) in roles


def _tells(user: Someone, role: Role) -> bool:
    """Say whether somebody is of that role, be it with a declare-only credential."""
    return access.is_verified(user) and access.role_of(user) == role


def _is(user: Someone, account: str | None) -> bool:
    return not isinstance(user, AnonymousUser) and str(user.public_id) == account


def _institution(user: Someone) -> str | None:
    return None if isinstance(user, AnonymousUser) else user.institution_finess or None


def _is_prescriber(user: Someone, holder: RequestHolder) -> bool:
    return access.role_of(user) == Role.DOCTOR and (
        _is(user, holder.author) or _is(user, holder.prescriber)
    )


def _is_intern_of(user: Someone, holder: RequestHolder) -> bool:
    return access.role_of(user) == Role.INTERN and _is(user, holder.author)


def _is_prescribing_side(user: Someone, holder: RequestHolder) -> bool:
    """The prescriber, or the intern who acts in the name of a senior that is named."""
    named = holder.prescriber not in {None, holder.author}
    return _is_prescriber(user, holder) or (_is_intern_of(user, holder) and named)


def _is_pharmacist_there(user: Someone, holder: RequestHolder) -> bool:
    place = _institution(user)
    return (
        access.role_of(user) == Role.HOSPITAL_PHARMACIST
        and place is not None
        and place == holder.institution
    )


def _fills_in(user: Someone, holder: RequestHolder) -> bool:
    return _is_prescriber(user, holder) or _is_intern_of(user, holder) or _may_sign(user, holder)


def _may_sign(user: Someone, holder: RequestHolder) -> bool:
    """A doctor of the establishment completes what began without a prescriber's account."""
    place = _institution(user)
    return (
        access.role_of(user) == Role.DOCTOR
        and holder.unsigned
        and holder.prescriber is None
        and place is not None
        and place == holder.institution
    )


def _is_assessed_by(user: Someone, holder: RequestHolder) -> bool:
    """Evaluators and signatories work on all that reached the agency, be it assigned or waiting."""
    return access.role_of(user) in ASSESSORS and (holder.at_agency or _is(user, holder.evaluator))


_READS: Mapping[Role, Callable[[Someone, RequestHolder], bool]] = MappingProxyType(
    {
        Role.INTERN: _is_intern_of,
        Role.DOCTOR: lambda user, holder: _is_prescriber(user, holder) or _may_sign(user, holder),
        Role.HOSPITAL_PHARMACIST: _is_pharmacist_there,
        Role.ON_CALL: lambda user, holder: any(_is(user, one) for one in holder.on_call),
        Role.REVIEWER: _is_assessed_by,
        Role.SIGNATORY: _is_assessed_by,
        Role.VIGILANCE_PILOT: lambda _user, holder: holder.linked,
        Role.LEGAL: lambda _user, holder: holder.legal_case,
        Role.AUDITOR: lambda _user, holder: holder.at_agency,
    }
)
"""Who reads what is clinical, by role; a role that is not here reads nothing of it."""
