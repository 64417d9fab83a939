"""What is sold, to whom, how far it has come, and what was ordered."""

from crm.sales.models.assignment import AssignmentRule, Territory
from crm.sales.models.deals import Deal, DealLine
from crm.sales.models.holdings import Holding, HoldingPerson
from crm.sales.models.leads import Lead
from crm.sales.models.orders import CURRENCY, Order, OrderLine, Product
from crm.sales.models.payments import Payment
from crm.sales.models.pipelines import Category, LostReason, Outcome, Pipeline, Stage
from crm.sales.models.quotes import Letterhead, Quote, QuoteLine
from crm.sales.models.targets import ForecastAdjustment, MeasureName, Span, Target

__all__ = [
    "CURRENCY",
    "AssignmentRule",
    "Category",
    "Deal",
    "DealLine",
    "ForecastAdjustment",
    "Holding",
    "HoldingPerson",
    "Lead",
    "Letterhead",
    "LostReason",
    "MeasureName",
    "Order",
    "OrderLine",
    "Outcome",
    "Payment",
    "Pipeline",
    "Product",
    "Quote",
    "QuoteLine",
    "Span",
    "Stage",
    "Target",
    "Territory",
]
