"""The addresses of a tenant's site: the API and the pages."""
from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("crm.api.urls")),
    path("enter/", include("tenants.urls.entering")),
    path("", include("crm.ui.urls")),
]
