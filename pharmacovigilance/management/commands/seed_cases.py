"""Fill a demo with declarations made up by hand."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from typing_extensions import override

from accounts.models import User
from events.management.operator import DONE, OperatorCommand
from pharmacovigilance.actions import receipt_time
from pharmacovigilance.management.demo import Seeding
from pharmacovigilance.management.demo_cases import CENTRE, DOCTOR, PHARMACIST, REVIEWER


class Command(OperatorCommand):
    """Declares the demo cases in the name of the demo people; again adds nothing."""

    help = "Declare the demo cases: medicines and vaccines, questions, follow-ups, a withdrawal."
    examples = "  DEMO=1 manage.py seed_cases      after seed_demo, which makes the people"

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Declare what is missing. Refused outside a demo."""
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError("demo cases never go where real declarations are: set DEMO=1")
        names = (DOCTOR, PHARMACIST, CENTRE, REVIEWER)
        people = {user.username: user for user in User.objects.filter(username__in=names)}
        if missing := sorted(set(names) - set(people)):
            raise CommandError(f"run seed_demo first: {', '.join(missing)} not found")
        seeding = Seeding(people, receipt_time())
        with self.progress() as show:
            seeding.run(lambda done, total: show("demo cases", done, total))
        return {"declared": seeding.declared}, DONE
