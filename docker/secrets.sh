#!/bin/sh
# Makes random secrets in ./secrets, once: docker compose hands them to the containers as files.
set -eu
cd "$(dirname "$0")/.."
if [ -d secrets ]; then
    echo "secrets/ is there already; nothing was changed." >&2
    exit 0
fi
random() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
# The folder is closed; its files are readable, for the containers' account is not the one of this machine.
mkdir -m 700 secrets
admin=$(random) database=$(random) broker=$(random)
printf %s "$admin" > secrets/database_admin_password
printf %s "$database" > secrets/database_password
printf %s "postgresql://kith:$database@database:5432/kith" > secrets/database_url
printf %s "$broker" > secrets/broker_password
printf %s "redis://:$broker@broker:6379/0" > secrets/broker_url
random > secrets/secret_key
chmod 644 secrets/*
