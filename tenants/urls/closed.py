"""Every address of a tenant that is not there, or is not open."""
from django.urls import re_path

from tenants.views.closed import closed

urlpatterns = [re_path("", closed)]
