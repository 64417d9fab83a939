"""Whom the tenant sells to, and what it knows of them."""

from crm.customers.models.customers import Contact, Customer
from crm.customers.models.pools import Pooled, PoolRule
from crm.customers.models.scores import Scored

__all__ = ["Contact", "Customer", "PoolRule", "Pooled", "Scored"]
