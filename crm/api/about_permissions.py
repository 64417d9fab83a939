"""Which permission those operations ask for that belong to no noun; what stands here is asked at the door of a service.

Operations that are missing here are for whoever calls: they answer what the caller may see.
"""

from __future__ import annotations

from crm.core.customising.noting import MANAGE, PURGE
from crm.customers.behaviour import PERMISSION as BEHAVIOUR

JUDGE = "analytics.change_recommendation"
SEE_MODELS = "analytics.view_model"
KEPT = {"list": "view", "read": "view", "create": "add", "update": "change", "delete": "delete"}
PERMISSIONS = {
    "behaviour_take": BEHAVIOUR,
    "consents_check": "customers.view_customer",
    **{f"dashboards_{act}": f"analytics.{may}_dashboard" for act, may in KEPT.items()},
    "data_readiness": SEE_MODELS,
    "fields_change": MANAGE,
    "company_change": "team.manage_company",
    "fields_create": MANAGE,
    "fields_index_drop": MANAGE,
    "fields_index_make": MANAGE,
    "fields_order": MANAGE,
    "fields_purge": PURGE,
    "fields_restore": MANAGE,
    "fields_retire": MANAGE,
    "models_activate": "analytics.activate_model",
    "models_card": SEE_MODELS,
    "models_list": SEE_MODELS,
    "models_retrain": "analytics.retrain_model",
    "models_rollback": "analytics.rollback_model",
    "invitations_list": "team.invite_user",
    "invitations_send": "team.invite_user",
    "invitations_withdraw": "team.invite_user",
    "people_add": "team.manage_user",
    "people_leave": "team.manage_user",
    "people_change": "team.manage_user",
    "people_list": "team.view_user",
    "people_read": "team.view_user",
    "recommendations_accept": JUDGE,
    "recommendations_dismiss": JUDGE,
    "recommendations_undo": JUDGE,
    "reports_answer": "analytics.view_savedreport",
    **{f"reports_{act}": f"analytics.{may}_savedreport" for act, may in KEPT.items()},
    "roles_list": "team.view_role",
    "roles_read": "team.view_role",
    "roles_save": "team.manage_role",
    "roles_delete": "team.manage_role",
    "rule_dry_run": "automation.view_rule",
    "rule_run": "automation.view_rule",
    "rule_run_retry": "automation.retry_rule",
    "rule_runs": "automation.view_rule",
    "views_create": "core.add_savedview",
    "views_delete": "core.delete_savedview",
    "views_list": "core.view_savedview",
    "views_read": "core.view_savedview",
    "views_update": "core.change_savedview",
    "webhook_deliveries": "automation.view_webhook",
    "webhook_delivery": "automation.view_webhook",
    "webhook_delivery_replay": "automation.replay_webhook",
    "webhook_secret": "automation.change_webhook",
}
