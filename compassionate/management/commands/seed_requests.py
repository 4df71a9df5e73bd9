"""Fill a demo with requests for compassionate access made up by hand."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from typing_extensions import override

from accounts.demo import DEFAULT_PASSWORD
from accounts.models import User
from compassionate import signing_keys
from compassionate.management.demo import PEOPLE, SIGNATORY, Seeding
from events import intake
from events.management.operator import DONE, OperatorCommand

DEMO_KEY_DAYS = 365


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
        now = intake.arrived_at()
        if not signing_keys.has_key(people[SIGNATORY]):
            code = os.environ.get("DEMO_PASSWORD") or DEFAULT_PASSWORD
            signing_keys.make(people[SIGNATORY], code, now, days=DEMO_KEY_DAYS)
        return {"begun": Seeding(people, now).run()}, DONE
