"""The addresses of the public site."""
from django.urls import include, path

urlpatterns = [path("", include("tenants.urls.public"))]
