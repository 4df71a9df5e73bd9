"""Addresses of sign-in and sign-out."""

from django.urls import path

from accounts.views import SignIn, sign_in_demo, sign_out

app_name = "accounts"
urlpatterns = [
    path("connexion/", SignIn.as_view(), name="sign_in"),
    path("connexion/demo/", sign_in_demo, name="sign_in_demo"),
    path("deconnexion/", sign_out, name="sign_out"),
]
