"""A pipeline of 8,800 deals comes in by file: accounts, products, people and deals, with its dirt mended by value mapping.

The figures are computed here from the file itself, by other means than the product's."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from unittest import SkipTest

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, Sum

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Product
from crm.team.models import Role, User
from tests.crm.exchange.running import imported, reported

DATA = settings.BASE_DIR.parent / "shared" / "data"
