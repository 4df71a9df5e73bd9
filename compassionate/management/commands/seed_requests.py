"""Fill a demo with requests for compassionate access made up by hand."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from typing_extensions import override

from accounts.models import User
from compassionate.management.demo import PEOPLE, Seeding
from events import intake
from events.management.operator import DONE, OperatorCommand


class Command(OperatorCommand):
    """Makes the demo criteria sheets and requests; again adds nothing."""

    help = "Make demo criteria sheets and requests: granted, waiting, proposed, at the pharmacy."
    examples = "  DEMO=1 manage.py seed_requests      after seed_demo, which makes the people"

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Make what is missing. Refused outside a demo."""
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError("demo requests never go where real ones are: set DEMO=1")
        people = {user.username: user for user in User.objects.filter(username__in=PEOPLE)}
        if missing := sorted(set(PEOPLE) - set(people)):
            raise CommandError(f"run seed_demo first: {', '.join(missing)} not found")
        return {"begun": Seeding(people, intake.arrived_at()).run()}, DONE
