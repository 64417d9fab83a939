"""Django's command line for Kith."""
import os
import sys

from django.core.management import execute_from_command_line

# Libraries' commands that know nothing of the ledger, the pool or the people of a company: what does it here instead
INSTEAD = {
    "migrate": "migrate_tenants", "migrate_schemas": "migrate_tenants", "create_tenant": "tenant_open",
    "create_missing_schemas": "pool_fill", "delete_tenant": "tenant_state and tenant_drop",
    "clone_tenant": "tenant_export and tenant_import", "rename_schema": "tenant_export and tenant_import",
    "flush": "tenant_state and tenant_drop", "createsuperuser": "reset_link",
    "create_tenant_superuser": "reset_link", "changepassword": "reset_link",
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] and sys.argv[1] in INSTEAD:
        sys.exit(f"{sys.argv[1]} does not know Kith's companies. Use: {INSTEAD[sys.argv[1]]}")
    execute_from_command_line(sys.argv)
