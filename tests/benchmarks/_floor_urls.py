"""The one address of the floor: fifty rows of twelve fields by a ModelSerializer."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import path
from rest_framework.generics import ListAPIView
from rest_framework.serializers import ModelSerializer

COLUMNS = (
    "name",
    "email",
    "phone",
    "city",
    "kind",
    "lifecycle",
    "created_at",
    "churn_probability",
    "churn_band",
    "clv_predicted",
    "orders_count",
    "last_order_at",
)


class Customer(models.Model):
    """The customers' table, as a bare model."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=40)
    city = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    lifecycle = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    churn_probability = models.FloatField(null=True)
    churn_band = models.CharField(max_length=20)
    clv_predicted = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    orders_count = models.IntegerField(null=True)
    last_order_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "floor"
        db_table = "customers_customer"
        managed = False

    def __str__(self) -> str:
        return self.name


class CustomerSerializer(ModelSerializer[Customer]):
    """Twelve fields."""

    class Meta:
        model = Customer
        fields = COLUMNS


class Floor(ListAPIView[Customer]):
    """What everyone writes first."""

    serializer_class = CustomerSerializer

    def get_queryset(self) -> Any:
        """Fifty live rows, the newest first."""
        return Customer.objects.filter(deleted_at=None).order_by("-created_at", "-id")[:50]


urlpatterns = [path("floor/", Floor.as_view())]
