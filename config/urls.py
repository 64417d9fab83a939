"""The addresses of a tenant's site: the API, the machine's side of OAuth, and the pages."""
from django.urls import include, path

from crm.api import oauth

urlpatterns = [
    path("api/v1/", include("crm.api.urls")),
    path("oauth/token/", oauth.token, name="oauth-token"),
    path("oauth/revoke/", oauth.revoke, name="oauth-revoke"),
    path(".well-known/oauth-authorization-server", oauth.metadata, name="oauth-metadata"),
    path("enter/", include("tenants.urls.entering")),
    path("", include("crm.ui.urls")),
]
