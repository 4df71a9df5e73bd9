"""Administration of people and institutions; tokens can be seen and revoked, never read."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.actions import revoke_token
from accounts.models import ApiToken, Institution, User


@admin.register(Institution)
class InstitutionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Institutions by name, place and number."""

    list_display = ("name", "kind", "finess", "department", "city")
    list_filter = ("kind",)
    search_fields = ("name", "finess", "city")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """People, with the role that `accounts.access` judges."""

    list_display = ("username", "last_name", "first_name", "role", "institution", "is_active")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("username", "last_name", "first_name", "rpps")
    autocomplete_fields = ("institution",)
    readonly_fields = ("public_id",)
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        (
            _("Exercice"),
            {
                "fields": (
                    "public_id",
                    "role",
                    "rpps",
                    "profession",
                    "institution",
                    "department",
                )
            },
        ),
    )
    add_fieldsets = (
        *DjangoUserAdmin.add_fieldsets,
        (_("Exercice"), {"fields": ("role", "rpps", "institution")}),
    )


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Tokens, read-only; a new one comes from `manage.py api_token`, which shows it once."""

    list_display = ("__str__", "user", "scopes", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    actions = ("revoke",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to change tokens: seeing them is not enough."""
        return request.user.has_perm("accounts.change_apitoken")

    @admin.action(description=_("Révoquer"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revoke the chosen tokens that still work."""
        for token in queryset.filter(revoked_at__isnull=True):
            revoke_token(token)
        self.message_user(request, _("Jetons révoqués."))
