"""The roles that every tenant begins with."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

READ = ("*.view_*",)
WORK = (
    *READ,
    *("*.add_*", "*.change_*", "*.delete_*", "*.export_*", "*.merge_*"),
    *("*.complete_*", "*.reopen_*", "*.move_*", "*.win_*", "*.lose_*", "*.convert_*", "*.unconvert_*"),
    *("*.hold_*", "*.miss_*", "*.cancel_meeting", "*.send_*", "*.retry_message", "*.close_thread"),
    *("sales.quote_deal", "sales.*_quote", "sales.*_order", "sales.*_payment", "sales.ask_*", "sales.withdraw_*"),
    *("*.claim_*", "*.release_*", "*.include_*", "*.exclude_*", "*.consent_*", "customers.withdraw_customer"),
    "*.grant_*",
    "customers.observe_customer",
)
# What binds those who work is kept by those who set the work up; a further settings noun of that kind belongs here.
SET_UP = (
    *(("sales", noun) for noun in ("pipeline", "stage", "lostreason", "exchangerate", "discountlimit", "letterhead")),
    ("sales", "pricebook"),
    *(("messaging", noun) for noun in ("mailbox", "suppression")),
    *(("automation", noun) for noun in ("webhook", "rule")),
    ("customers", "poolrule"),
)
# What something costs is set by the same: who sells for less asks, and does not lower the price itself.
HELD = ("-sales.change_product", "-sales.delete_product")
ROLES: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "owner": (pgettext_lazy("role", "Owner"), ("*",)),
    "manager": (
        pgettext_lazy("role", "Manager"),
        (
            *WORK,
            *("*.reveal_*", "exchange.*", "analytics.*", "automation.*", "sales.*"),
            *("team.invite_user", "core.manage_customfield", "customers.rename_tag", "customers.merge_tag"),
        ),
    ),
    "member": (
        pgettext_lazy("role", "Member"),
        (
            *(*WORK, *HELD),
            *(f"-{module}.{verb}_{noun}" for module, noun in SET_UP for verb in ("add", "change", "delete")),
        ),
    ),
    "read-only": (pgettext_lazy("role", "Read only"), READ),
}
