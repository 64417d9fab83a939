#!/bin/sh
# Runs once, in an empty database server: the application's role (no superuser, an empty path), database and extensions.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/database_password)" --username postgres <<'SQL'
CREATE ROLE kith LOGIN NOSUPERUSER PASSWORD :'password';
ALTER ROLE kith SET search_path = '';
CREATE DATABASE kith OWNER kith;
\connect kith
CREATE SCHEMA ext AUTHORIZATION kith;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION unaccent SCHEMA ext;
CREATE EXTENSION btree_gin SCHEMA ext;
SQL
