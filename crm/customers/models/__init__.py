"""Whom the tenant sells to, and what it knows of them."""

from crm.customers.models.around import Address, Need, Relationship
from crm.customers.models.behaviour import BehaviourEvent
from crm.customers.models.consents import ConsentBasis, ConsentChannel, ConsentEntry, ConsentPurpose
from crm.customers.models.customers import Contact, Customer
from crm.customers.models.lists import ListMember, StaticList
from crm.customers.models.pools import Pooled, PoolRule
from crm.customers.models.satisfied import Satisfied
from crm.customers.models.scores import Scored
from crm.customers.models.tags import Tag
from crm.customers.models.websites import WebSnippet

__all__ = [
    "Address",
    "BehaviourEvent",
    "ConsentBasis",
    "ConsentChannel",
    "ConsentEntry",
    "ConsentPurpose",
    "Contact",
    "Customer",
    "ListMember",
    "Need",
    "PoolRule",
    "Pooled",
    "Relationship",
    "Satisfied",
    "Scored",
    "StaticList",
    "Tag",
    "WebSnippet",
]
