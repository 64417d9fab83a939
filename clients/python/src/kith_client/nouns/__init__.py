"""The nouns of Kith. Written by generate.py from the OpenAPI document; not by hand.

Money is decimal text with its currency beside it, moments are RFC 3339 text; writing takes Decimal, date, datetime
and UUID, too.
"""

from __future__ import annotations

from kith_client.nouns.addresses import Address, AddressInput
from kith_client.nouns.approvals import Approval, ApprovalInput
from kith_client.nouns.assignment_rules import AssignmentRule, AssignmentRuleInput
from kith_client.nouns.calls import Call, CallInput
from kith_client.nouns.contacts import Contact, ContactInput
from kith_client.nouns.customers import Customer, CustomerInput
from kith_client.nouns.deal_contacts import DealContact, DealContactInput
from kith_client.nouns.deals import Deal, DealInput
from kith_client.nouns.discount_limits import DiscountLimit, DiscountLimitInput
from kith_client.nouns.exchange_rates import ExchangeRate, ExchangeRateInput
from kith_client.nouns.files import File, FileInput
from kith_client.nouns.forecast_adjustments import ForecastAdjustment, ForecastAdjustmentInput
from kith_client.nouns.holdings import Holding, HoldingInput
from kith_client.nouns.leads import Lead, LeadInput
from kith_client.nouns.letterheads import Letterhead, LetterheadInput
from kith_client.nouns.lists import StaticList, StaticListInput
from kith_client.nouns.lost_reasons import LostReason, LostReasonInput
from kith_client.nouns.mailboxes import Mailbox, MailboxInput
from kith_client.nouns.meetings import Meeting, MeetingInput
from kith_client.nouns.messages import Message, MessageInput
from kith_client.nouns.needs import Need, NeedInput
from kith_client.nouns.notes import Note, NoteInput
from kith_client.nouns.orders import Order, OrderInput
from kith_client.nouns.payments import Payment, PaymentInput
from kith_client.nouns.pipelines import Pipeline, PipelineInput
from kith_client.nouns.pool_rules import PoolRule, PoolRuleInput
from kith_client.nouns.price_books import PriceBook, PriceBookInput
from kith_client.nouns.products import Product, ProductInput
from kith_client.nouns.quotes import Quote, QuoteInput
from kith_client.nouns.relationships import Relationship, RelationshipInput
from kith_client.nouns.rules import Rule, RuleInput
from kith_client.nouns.stages import Stage, StageInput
from kith_client.nouns.subscriptions import Subscription, SubscriptionInput
from kith_client.nouns.suppressions import Suppression, SuppressionInput
from kith_client.nouns.tags import Tag, TagInput
from kith_client.nouns.targets import Target, TargetInput
from kith_client.nouns.tasks import Task, TaskInput
from kith_client.nouns.teams import Team, TeamInput
from kith_client.nouns.templates import Template, TemplateInput
from kith_client.nouns.territories import Territory, TerritoryInput
from kith_client.nouns.threads import Thread, ThreadInput
from kith_client.nouns.webhooks import Webhook, WebhookInput
from kith_client.records import Records
from kith_client.transport import Transport


class Nouns:
    """Every noun by its name."""

    transport: Transport

    @property
    def addresses(self) -> Records[Address, AddressInput]:
        """The noun Address."""
        return Records(self.transport, "addresses")

    @property
    def approvals(self) -> Records[Approval, ApprovalInput]:
        """The noun Approval."""
        return Records(self.transport, "approvals")

    @property
    def assignment_rules(self) -> Records[AssignmentRule, AssignmentRuleInput]:
        """The noun AssignmentRule."""
        return Records(self.transport, "assignment-rules")

    @property
    def calls(self) -> Records[Call, CallInput]:
        """The noun Call."""
        return Records(self.transport, "calls")

    @property
    def contacts(self) -> Records[Contact, ContactInput]:
        """The noun Contact."""
        return Records(self.transport, "contacts")

    @property
    def customers(self) -> Records[Customer, CustomerInput]:
        """The noun Customer."""
        return Records(self.transport, "customers")

    @property
    def deal_contacts(self) -> Records[DealContact, DealContactInput]:
        """The noun DealContact."""
        return Records(self.transport, "deal-contacts")

    @property
    def deals(self) -> Records[Deal, DealInput]:
        """The noun Deal."""
        return Records(self.transport, "deals")

    @property
    def discount_limits(self) -> Records[DiscountLimit, DiscountLimitInput]:
        """The noun DiscountLimit."""
        return Records(self.transport, "discount-limits")

    @property
    def exchange_rates(self) -> Records[ExchangeRate, ExchangeRateInput]:
        """The noun ExchangeRate."""
        return Records(self.transport, "exchange-rates")

    @property
    def files(self) -> Records[File, FileInput]:
        """The noun File."""
        return Records(self.transport, "files")

    @property
    def forecast_adjustments(self) -> Records[ForecastAdjustment, ForecastAdjustmentInput]:
        """The noun ForecastAdjustment."""
        return Records(self.transport, "forecast-adjustments")

    @property
    def holdings(self) -> Records[Holding, HoldingInput]:
        """The noun Holding."""
        return Records(self.transport, "holdings")

    @property
    def leads(self) -> Records[Lead, LeadInput]:
        """The noun Lead."""
        return Records(self.transport, "leads")

    @property
    def letterheads(self) -> Records[Letterhead, LetterheadInput]:
        """The noun Letterhead."""
        return Records(self.transport, "letterheads")

    @property
    def lists(self) -> Records[StaticList, StaticListInput]:
        """The noun StaticList."""
        return Records(self.transport, "lists")

    @property
    def lost_reasons(self) -> Records[LostReason, LostReasonInput]:
        """The noun LostReason."""
        return Records(self.transport, "lost-reasons")

    @property
    def mailboxes(self) -> Records[Mailbox, MailboxInput]:
        """The noun Mailbox."""
        return Records(self.transport, "mailboxes")

    @property
    def meetings(self) -> Records[Meeting, MeetingInput]:
        """The noun Meeting."""
        return Records(self.transport, "meetings")

    @property
    def messages(self) -> Records[Message, MessageInput]:
        """The noun Message."""
        return Records(self.transport, "messages")

    @property
    def needs(self) -> Records[Need, NeedInput]:
        """The noun Need."""
        return Records(self.transport, "needs")

    @property
    def notes(self) -> Records[Note, NoteInput]:
        """The noun Note."""
        return Records(self.transport, "notes")

    @property
    def orders(self) -> Records[Order, OrderInput]:
        """The noun Order."""
        return Records(self.transport, "orders")

    @property
    def payments(self) -> Records[Payment, PaymentInput]:
        """The noun Payment."""
        return Records(self.transport, "payments")

    @property
    def pipelines(self) -> Records[Pipeline, PipelineInput]:
        """The noun Pipeline."""
        return Records(self.transport, "pipelines")

    @property
    def pool_rules(self) -> Records[PoolRule, PoolRuleInput]:
        """The noun PoolRule."""
        return Records(self.transport, "pool-rules")

    @property
    def price_books(self) -> Records[PriceBook, PriceBookInput]:
        """The noun PriceBook."""
        return Records(self.transport, "price-books")

    @property
    def products(self) -> Records[Product, ProductInput]:
        """The noun Product."""
        return Records(self.transport, "products")

    @property
    def quotes(self) -> Records[Quote, QuoteInput]:
        """The noun Quote."""
        return Records(self.transport, "quotes")

    @property
    def relationships(self) -> Records[Relationship, RelationshipInput]:
        """The noun Relationship."""
        return Records(self.transport, "relationships")

    @property
    def rules(self) -> Records[Rule, RuleInput]:
        """The noun Rule."""
        return Records(self.transport, "rules")

    @property
    def stages(self) -> Records[Stage, StageInput]:
        """The noun Stage."""
        return Records(self.transport, "stages")

    @property
    def subscriptions(self) -> Records[Subscription, SubscriptionInput]:
        """The noun Subscription."""
        return Records(self.transport, "subscriptions")

    @property
    def suppressions(self) -> Records[Suppression, SuppressionInput]:
        """The noun Suppression."""
        return Records(self.transport, "suppressions")

    @property
    def tags(self) -> Records[Tag, TagInput]:
        """The noun Tag."""
        return Records(self.transport, "tags")

    @property
    def targets(self) -> Records[Target, TargetInput]:
        """The noun Target."""
        return Records(self.transport, "targets")

    @property
    def tasks(self) -> Records[Task, TaskInput]:
        """The noun Task."""
        return Records(self.transport, "tasks")

    @property
    def teams(self) -> Records[Team, TeamInput]:
        """The noun Team."""
        return Records(self.transport, "teams")

    @property
    def templates(self) -> Records[Template, TemplateInput]:
        """The noun Template."""
        return Records(self.transport, "templates")

    @property
    def territories(self) -> Records[Territory, TerritoryInput]:
        """The noun Territory."""
        return Records(self.transport, "territories")

    @property
    def threads(self) -> Records[Thread, ThreadInput]:
        """The noun Thread."""
        return Records(self.transport, "threads")

    @property
    def webhooks(self) -> Records[Webhook, WebhookInput]:
        """The noun Webhook."""
        return Records(self.transport, "webhooks")
