"""The only place that answers "may they?": one function per question.

A question about one declaration takes a `Holder`: who declared it, where, and for which
département. `declaration_scope` answers the same for a list, so that a page never reads a row
that its reader may not see. A superuser of the administration has no right here by that alone.

Whoever holds no more than a declare-only credential (scope `declare`) tells and reads nothing;
whoever is `unverified` declares, and nothing else.
"""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import DECLARE, Role
from events.event import Actor


class Person(Protocol):
    """Somebody who acts: a row of `accounts.models.User`, or what a signed claim says of one."""

    @property
    def public_id(self) -> UUID: ...
    @property
    def role(self) -> str: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def institution_finess(self) -> str | None: ...
    @property
    def institution_department(self) -> str | None: ...
    @property
    def institution_name(self) -> str: ...
    @property
    def institution_city(self) -> str: ...
    @property
    def department(self) -> str: ...
    @property
    def territory(self) -> tuple[str, ...]: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def scopes(self) -> Set[str]: ...
    @property
    def unverified(self) -> bool: ...
    @property
    def review(self) -> tuple[str, ...]: ...

    def actor(self) -> Actor: ...


Someone: TypeAlias = Person | AnonymousUser

DECLARANTS = frozenset(
    {Role.DOCTOR, Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE, Role.VIGILANCE_PILOT}
)
AGENCY = frozenset({Role.REVIEWER, Role.SIGNATORY, Role.VIGILANCE_PILOT})
"""Who reads every declaration, pseudonymised. Others of the agency do not by being of it."""
RECONCILERS = frozenset({Role.REVIEWER, Role.VIGILANCE_PILOT})
"""Who of the agency judges what an outage left: sheets, and submissions that were set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """To whom a declaration belongs.

    `declarant` is the public id of who sent it, `institution` the FINESS number of where she
    worked then, `department` the code that decides which regional centre receives it;
    `has_centre` says that there is one for it, as there is none for some overseas.
    """

    declarant: str | None = None
    institution: str | None = None
    department: str | None = None
    has_centre: bool = True


class ScopeKind(StrEnum):
    """How far somebody sees."""

    NONE = "none"
    OWN = "own"
    INSTITUTION = "institution"
    CENTRE = "centre"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which declarations a list may show; only the field that `kind` names is to be used."""

    kind: ScopeKind
    declarant: str | None = None
    institution: str | None = None
    departments: tuple[str, ...] = ()

    def covers(self, holder: Holder) -> bool:
        """Return whether a declaration belongs to this scope."""
        match self.kind:
            case ScopeKind.ALL:
                return True
            case ScopeKind.OWN:
                return holder.declarant == self.declarant
            case ScopeKind.INSTITUTION:
                return holder.institution == self.institution
            case ScopeKind.CENTRE:
                return holder.department in self.departments
            case ScopeKind.NONE:
                return False


NOTHING = Scope(kind=ScopeKind.NONE)


def may_declare(user: Someone) -> bool:
    """Send a declaration (CSP art. L5121-25, R5121-161: professionals, the centres, the pilot)."""
    return role_of(user) in DECLARANTS


def may_transcribe(user: Someone) -> bool:
    """Declare for others what came on paper or by telephone, with the day it came.

    The centres, and the agency's pilot: what she takes in was noticed by somebody else.
    """
    return role_of(user) in {Role.REGIONAL_CENTRE, Role.VIGILANCE_PILOT} and is_verified(user)


def may_read(user: Someone) -> bool:
    """Read anything that is not public; what, is for the questions below."""
    return role_of(user) is not None and is_verified(user) and not is_declare_only(user)


def may_widen_list(user: Someone) -> bool:
    """List more than what she declared in person: her hospital's, her centre's territory's."""
    return may_read(user) and role_of(user) in {Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE}


def may_withdraw(user: Someone, holder: Holder) -> bool:
    """Withdraw a declaration: the declarant's side. A wish, for which a session is asked."""
    return may_read(user) and is_of_declarants_side(user, holder)


def may_add_follow_up(user: Someone, holder: Holder) -> bool:
    """Add what became known later: the declarant's side, or who follows the case.

    The centre of the place does, and where there is none the agency, which received it.
    """
    return (
        is_of_declarants_side(user, holder)
        or _is_centre_of(user, holder)
        or _is_agency_without_centre(user, holder)
    )


def may_answer(user: Someone, holder: Holder) -> bool:
    """Answer a request for information: whoever may add a follow-up."""
    return may_add_follow_up(user, holder)


def may_ask(user: Someone, holder: Holder) -> bool:
    """Ask the declarant for information: the agency's reviewers and the centre of the place."""
    return may_read(user) and (role_of(user) == Role.REVIEWER or _is_centre_of(user, holder))


def may_see_declaration(user: Someone, holder: Holder) -> bool:
    """Read one declaration, with or without identities."""
    return may_read(user) and (_is_declarant(user, holder) or _reach(user).covers(holder))


def may_know_of(user: Someone, holder: Holder) -> bool:
    """Be told that a declaration exists: whoever may read it, or add to it without reading."""
    return may_see_declaration(user, holder) or may_add_follow_up(user, holder)


def may_see_identity(user: Someone, holder: Holder) -> bool:
    """Read names and contacts of patient and notifier.

    They never leave the structure that received the declaration (Bonnes pratiques de
    pharmacovigilance 2022): the agency reads the case pseudonymised, unless no centre follows it
    and the agency is that structure itself.
    """
    return may_read(user) and may_add_follow_up(user, holder)


def may_see_worklist(user: Someone) -> bool:
    """Read the reviewers' lists, narrowed by `declaration_scope`."""
    return may_read(user) and role_of(user) in AGENCY | {Role.REGIONAL_CENTRE}


def may_operate(user: Someone) -> bool:
    """Run the service: health, replays, restart. Gives no sight of any declaration."""
    return may_read(user) and role_of(user) == Role.OPERATOR


def may_see_incidents(user: Someone) -> bool:
    """Read what happened in an outage: the agency, whoever is on call or runs the service."""
    return may_read(user) and role_of(user) in {*AGENCY, Role.ON_CALL, Role.OPERATOR}


def may_open_incident(user: Someone) -> bool:
    """Open an incident and write its bulletins: who is on call, and who runs the service."""
    return may_read(user) and role_of(user) in {Role.ON_CALL, Role.OPERATOR}


def may_audit(user: Someone) -> bool:
    """Read for an audit what is shown to nobody else for that: only where each reading is logged.

    No question about one declaration or a list says yes to an auditor: what shows her something
    has to ask this one, and to log it.
    """
    return may_read(user) and role_of(user) == Role.AUDITOR


def may_read_full_report(user: Someone) -> bool:
    """Read the report of an outage with its declarations one by one: the agency."""
    return may_read(user) and role_of(user) in AGENCY


def declaration_scope(user: Someone) -> Scope:
    """Return which declarations somebody's lists show."""
    return _reach(user) if may_read(user) else NOTHING


def own_scope(user: Someone) -> Scope:
    """Return the scope of what somebody declared in person."""
    return _own(user) if may_read(user) else NOTHING


def role_of(user: Someone) -> Role | None:
    """Return the role somebody may act in now, None when signed out, disabled or without one."""
    if isinstance(user, AnonymousUser) or not user.is_active or not user.role:
        return None
    return Role(user.role)


def is_verified(user: Someone) -> bool:
    """Say whether it is proved who this is."""
    return not isinstance(user, AnonymousUser) and user.is_active and not user.unverified


def is_declare_only(user: Someone) -> bool:
    """Say whether this credential tells and reads nothing."""
    return not isinstance(user, AnonymousUser) and user.scopes == {DECLARE}


def is_of_declarants_side(user: Someone, holder: Holder) -> bool:
    """Say whether somebody is the declarant, or the pharmacist of her hospital."""
    return _is_declarant(user, holder) or _is_pharmacist_there(user, holder)


def _reach(user: Someone) -> Scope:
    """Return the declarations that concern somebody's work, whether she may read them now or not."""
    if isinstance(user, AnonymousUser) or not is_verified(user):
        return NOTHING
    match role_of(user):
        case Role.REVIEWER | Role.SIGNATORY | Role.VIGILANCE_PILOT:
            return Scope(kind=ScopeKind.ALL)
        case Role.REGIONAL_CENTRE:
            return Scope(kind=ScopeKind.CENTRE, departments=user.territory)
        case Role.HOSPITAL_PHARMACIST if user.institution_finess:
            return Scope(kind=ScopeKind.INSTITUTION, institution=user.institution_finess)
        case Role.DOCTOR | Role.HOSPITAL_PHARMACIST:
            return _own(user)
        case _:
            return NOTHING


def _own(user: Someone) -> Scope:
    if isinstance(user, AnonymousUser) or not is_verified(user):
        return NOTHING
    if role_of(user) not in DECLARANTS:
        return NOTHING
    return Scope(kind=ScopeKind.OWN, declarant=str(user.public_id))


def _is_declarant(user: Someone, holder: Holder) -> bool:
    return _own(user).covers(holder)


def _is_pharmacist_there(user: Someone, holder: Holder) -> bool:
    return role_of(user) == Role.HOSPITAL_PHARMACIST and _reach(user).covers(holder)


def _is_centre_of(user: Someone, holder: Holder) -> bool:
    return role_of(user) == Role.REGIONAL_CENTRE and _reach(user).covers(holder)


def _is_agency_without_centre(user: Someone, holder: Holder) -> bool:
    followed = bool(holder.department) and holder.has_centre
    return role_of(user) in RECONCILERS and is_verified(user) and not followed


def may_see_set_aside(user: Someone) -> bool:
    """List the submissions that the log refused: the agency, the centres (their own), operators.

    The list and a submission's own page say nothing clinical; see `may_read_set_aside`.
    """
    return may_read(user) and role_of(user) in AGENCY | {Role.REGIONAL_CENTRE, Role.OPERATOR}


def may_read_set_aside(user: Someone) -> bool:
    """Open what was sent: whoever evaluates; never who only runs the service."""
    return may_read(user) and role_of(user) in AGENCY | {Role.REGIONAL_CENTRE}


def may_name_in_set_aside(user: Someone, sender: Holder) -> bool:
    """Read the names in it and who sent it: the centre of the sender's département.

    Where the sender's département is not known, or has no centre, the agency is the structure that
    received it.
    """
    if not may_read(user):
        return False
    if role_of(user) in RECONCILERS:
        return not (sender.department and sender.has_centre)
    return role_of(user) == Role.REGIONAL_CENTRE and set_aside_scope(user).covers(sender)


def may_take_up(user: Someone) -> bool:
    """Say what was done with a submission that was set aside: reviewers, pilot, centres."""
    return may_read(user) and role_of(user) in RECONCILERS | {Role.REGIONAL_CENTRE}


def set_aside_scope(user: Someone) -> Scope:
    """Return whose submissions somebody's list shows, by the département of their senders."""
    if isinstance(user, AnonymousUser) or not may_see_set_aside(user):
        return NOTHING
    if role_of(user) == Role.REGIONAL_CENTRE:
        return Scope(kind=ScopeKind.CENTRE, departments=user.territory)
    return Scope(kind=ScopeKind.ALL)


def may_see_sheets(user: Someone) -> bool:
    """List degraded-mode sheets and confirm, as a second person, that one is lost."""
    return may_read(user) and role_of(user) in AGENCY | {Role.REGIONAL_CENTRE}


def may_handle_sheets(user: Someone) -> bool:
    """Match sheets and judge what differs: reviewers, the pilot and the centres."""
    return may_read(user) and role_of(user) in RECONCILERS | {Role.REGIONAL_CENTRE}


def may_record_sheets(user: Someone) -> bool:
    """Type a sheet: whoever handles them, and who is on call, who logs what she is told."""
    return may_handle_sheets(user) or (may_read(user) and role_of(user) == Role.ON_CALL)


def may_issue_sheets(user: Someone) -> bool:
    """Issue numbered blocks and print their kit; shows no sheet that was filled in."""
    return may_read(user) and role_of(user) in {Role.REVIEWER, Role.OPERATOR}


def may_see_sheet(user: Someone, taken: Holder) -> bool:
    """Read one sheet: the agency, the centre of its place, and who took it."""
    return _took_call(user, taken) or (
        may_see_sheets(user)
        and (declaration_scope(user).covers(taken) or _works_where(user, taken))
    )


def may_read_sheet_names(user: Someone, taken: Holder) -> bool:
    """Read names and contacts on a sheet: the structure that took it, the centre of its place."""
    return _took_call(user, taken) or (
        may_see_sheets(user) and (_is_centre_of(user, taken) or _works_where(user, taken))
    )


def may_confirm_match(user: Someone, holder: Holder) -> bool:
    """Confirm that a sheet is of a declaration of one's own: doctors, pharmacists of the place."""
    return may_read(user) and (
        role_of(user) in {Role.DOCTOR, Role.HOSPITAL_PHARMACIST}
        and is_of_declarants_side(user, holder)
    )


def _took_call(user: Someone, taken: Holder) -> bool:
    """On call she reads what she took herself, and nothing that her colleagues did."""
    if isinstance(user, AnonymousUser) or not may_read(user):
        return False
    return role_of(user) == Role.ON_CALL and taken.declarant == str(user.public_id)


def _works_where(user: Someone, taken: Holder) -> bool:
    if isinstance(user, AnonymousUser) or taken.institution is None:
        return False
    return user.institution_finess == taken.institution
