"""Inside a tenant: the door that sign-up leads to."""
from django.urls import path

from tenants.views.entering import enter

app_name = "entering"
urlpatterns = [path("<str:key>/", enter, name="enter")]
