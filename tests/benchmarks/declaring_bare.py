"""The floor of declaring: same sign-in, same reading and checking of the body, then one INSERT.

Served only by `declaring`, by a second gunicorn beside the stack's own.
"""

from django.db import connection
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import ActorAuthentication
from pharmacovigilance.actions import receipt_time
from pharmacovigilance.api.serializers import ReportSerializer


class Bare(APIView):
    """`/bare`."""

    authentication_classes = (ActorAuthentication,)
    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        """Keep the body."""
        body = request.body.decode()
        ReportSerializer(request.data, received_at=receipt_time()).get()
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_bare (body) VALUES (%s::json)", [body])
        return Response({"status": "recorded"}, status=201)


urlpatterns = [path("bare", Bare.as_view())]
