-- Run by psql as the owner, at every start. The runtime role's rights on tables are the migrations' affair.
\getenv runtime_password RUNTIME_PASSWORD

SELECT 'CREATE ROLE bursar_app LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bursar_app')
\gexec

ALTER ROLE bursar_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'runtime_password';

-- A process that stands still in a transaction, or whose machine is gone, holds its locks no longer than this.
ALTER ROLE bursar_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE bursar_app SET tcp_keepalives_idle = 30;
ALTER ROLE bursar_app SET tcp_keepalives_interval = 10;
ALTER ROLE bursar_app SET tcp_keepalives_count = 3;

SELECT 'CREATE DATABASE bursar OWNER bursar_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'bursar')
\gexec

\connect bursar
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
