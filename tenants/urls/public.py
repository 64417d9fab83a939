"""The public site: it has no session and nobody is logged in."""
from django.urls import path
from django.views.i18n import set_language

from tenants.views import health, signup

app_name = "public"
urlpatterns = [
    path("", signup.landing, name="landing"),
    path("sign-up/", signup.sign_up, name="sign-up"),
    path("sign-up/address/", signup.address, name="address"),
    path("sign-up/preparing/<str:ticket>/", signup.preparing, name="preparing"),
    path("language/", set_language, name="language"),
    path("health/", health.health, name="health"),
    path("ready/", health.ready, name="ready"),
]
