"""The only place that answers "may they?": one function per question.

A question about one declaration takes a `Holder`: who declared it, where, and for which
département. `declaration_scope` answers the same for a list, so that a page never reads a row
that its reader may not see. A superuser of the administration has no right here by that alone.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser

from accounts.models import Role, User

Someone: TypeAlias = User | AnonymousUser

DECLARANTS = frozenset({Role.DOCTOR, Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE})
AGENCY = frozenset({Role.REVIEWER, Role.SIGNATORY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """To whom a declaration belongs.

    `declarant` is the public id of who sent it, `institution` the FINESS number of where she
    worked then, `department` the code that decides which regional centre receives it.
    """

    declarant: str | None = None
    institution: str | None = None
    department: str | None = None


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
    """Send a declaration (CSP art. L5121-25, R5121-161: professionals and the centres)."""
    return role_of(user) in DECLARANTS


def may_transcribe(user: Someone) -> bool:
    """Declare for others what came on paper or by telephone, with the day it came: the centres."""
    return role_of(user) == Role.REGIONAL_CENTRE


def may_widen_list(user: Someone) -> bool:
    """List more than what she declared in person: her hospital's, her centre's territory's."""
    return role_of(user) in {Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE}


def may_withdraw(user: Someone, holder: Holder) -> bool:
    """Withdraw a declaration: the declarant, or the pharmacist of her hospital."""
    return _is_declarant(user, holder) or _is_pharmacist_there(user, holder)


def may_add_follow_up(user: Someone, holder: Holder) -> bool:
    """Add what became known later: the declarant's side, or the centre that follows the case."""
    return may_withdraw(user, holder) or _is_centre_of(user, holder)


def may_answer(user: Someone, holder: Holder) -> bool:
    """Answer a request for information: whoever may add a follow-up."""
    return may_add_follow_up(user, holder)


def may_ask(user: Someone, holder: Holder) -> bool:
    """Ask the declarant for information: the agency's reviewers and the centre of the place."""
    return role_of(user) == Role.REVIEWER or _is_centre_of(user, holder)


def may_see_declaration(user: Someone, holder: Holder) -> bool:
    """Read one declaration, with or without identities."""
    return _is_declarant(user, holder) or declaration_scope(user).covers(holder)


def may_see_identity(user: Someone, holder: Holder) -> bool:
    """Read names and contacts of patient and notifier.

    They never leave the structure that received the declaration (Bonnes pratiques de
    pharmacovigilance 2022): the agency reads the case pseudonymised.
    """
    return may_add_follow_up(user, holder)


def may_see_worklist(user: Someone) -> bool:
    """Read the reviewers' lists, narrowed by `declaration_scope`."""
    return role_of(user) in AGENCY | {Role.REGIONAL_CENTRE}


def may_operate(user: Someone) -> bool:
    """Run the service: health, replays, restart. Gives no sight of any declaration."""
    return role_of(user) == Role.OPERATOR


def declaration_scope(user: Someone) -> Scope:
    """Return which declarations somebody's lists show."""
    if isinstance(user, AnonymousUser):
        return NOTHING
    match role_of(user):
        case Role.REVIEWER | Role.SIGNATORY:
            return Scope(kind=ScopeKind.ALL)
        case Role.REGIONAL_CENTRE:
            return Scope(kind=ScopeKind.CENTRE, departments=user.territory)
        case Role.HOSPITAL_PHARMACIST if user.institution_finess:
            return Scope(kind=ScopeKind.INSTITUTION, institution=user.institution_finess)
        case Role.DOCTOR | Role.HOSPITAL_PHARMACIST:
            return own_scope(user)
        case _:
            return NOTHING


def own_scope(user: Someone) -> Scope:
    """Return the scope of what somebody declared in person."""
    if isinstance(user, AnonymousUser) or role_of(user) not in DECLARANTS:
        return NOTHING
    return Scope(kind=ScopeKind.OWN, declarant=str(user.public_id))


def role_of(user: Someone) -> Role | None:
    """Return the role somebody may act in now, None when signed out, disabled or without one."""
    if isinstance(user, AnonymousUser) or not user.is_active or not user.role:
        return None
    return Role(user.role)


def _is_declarant(user: Someone, holder: Holder) -> bool:
    return own_scope(user).covers(holder)


def _is_pharmacist_there(user: Someone, holder: Holder) -> bool:
    return role_of(user) == Role.HOSPITAL_PHARMACIST and declaration_scope(user).covers(holder)


def _is_centre_of(user: Someone, holder: Holder) -> bool:
    return role_of(user) == Role.REGIONAL_CENTRE and declaration_scope(user).covers(holder)
