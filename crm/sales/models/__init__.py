"""What is sold, to whom, how far it has come, and what was ordered."""

from crm.sales.models.approvals import Approval
from crm.sales.models.assignment import AssignmentRule, Territory
from crm.sales.models.columns import Interval
from crm.sales.models.deals import Deal, DealContact, DealLine
from crm.sales.models.holdings import Holding, HoldingPerson
from crm.sales.models.leads import Lead
from crm.sales.models.orders import Order, OrderLine, Product
from crm.sales.models.payments import Payment
from crm.sales.models.pipelines import Category, LostReason, Outcome, Pipeline, Stage
from crm.sales.models.pricing import DiscountLimit, ExchangeRate, Price, PriceBook, Subscription
from crm.sales.models.quotes import Letterhead, Quote, QuoteLine
from crm.sales.models.targets import ForecastAdjustment, MeasureName, Span, Target

__all__ = [
    "Approval",
    "AssignmentRule",
    "Category",
    "Deal",
    "DealContact",
    "DealLine",
    "DiscountLimit",
    "ExchangeRate",
    "ForecastAdjustment",
    "Holding",
    "HoldingPerson",
    "Interval",
    "Lead",
    "Letterhead",
    "LostReason",
    "MeasureName",
    "Order",
    "OrderLine",
    "Outcome",
    "Payment",
    "Pipeline",
    "Price",
    "PriceBook",
    "Product",
    "Quote",
    "QuoteLine",
    "Span",
    "Stage",
    "Subscription",
    "Target",
    "Territory",
]
