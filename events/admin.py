"""The log browser: everything can be looked at, nothing changed."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from typing_extensions import override

from events.codec import catalogue
from events.models import Block, Event, Outgoing, Parked
from events.read_row import ReadOnly

CAP = 10_000


class CappedPaginator(Paginator[Any]):
    """Counts no further than 10,000: a count of the whole log takes longer than the page."""

    @cached_property
    @override
    def count(self) -> int:
        """Return the number of rows, at most CAP."""
        rows: Any = self.object_list
        return int(rows[:CAP].count())


class TypeFilter(admin.SimpleListFilter):
    """The event types of the catalogue; asking the log for its own would scan it."""

    title = "type"
    parameter_name = "type"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the known types."""
        return [(name, name) for name in sorted(catalogue.types())]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """Narrow the list."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Lists and shows; counts little, since a count of the whole log is slow."""

    show_full_result_count = False
    list_per_page = 50
    paginator = CappedPaginator
    actions = None

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: ReadOnly | None = None) -> bool:
        """Refuse."""
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: ReadOnly | None = None) -> bool:
        """Refuse."""
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Events as stored. Only a superuser sees their content; its personal fields are ciphertext."""

    list_display = ("id", "stream", "version", "type", "received_at", "recorded_at")
    list_filter = (TypeFilter,)
    # Byte by byte, as the index has it: without regard to case, a search would scan the log.
    search_fields = ("stream__exact",)
    search_help_text = "Nom exact d'un flux : declaration-<identifiant>"

    @override
    def get_exclude(self, request: HttpRequest, obj: Event | None = None) -> tuple[str, ...]:
        """Hide the content from operators: they run the service and see no declaration."""
        return () if getattr(request.user, "is_superuser", False) else ("payload", "metadata")


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """Sealed blocks of positions."""

    list_display = ("number", "epoch", "first_position", "last_position", "sealed_at")


@admin.register(Parked)
class ParkedAdmin(ReadOnlyAdmin):
    """Streams that a projection could not read."""

    list_display = ("projection", "stream", "version", "code", "reason", "parked_at")
    list_display_links = None


@admin.register(Outgoing)
class OutgoingAdmin(ReadOnlyAdmin):
    """Messages caused by events."""

    list_display = ("id", "template", "state", "attempts", "sent_at", "error")
    list_filter = ("state", "template")
