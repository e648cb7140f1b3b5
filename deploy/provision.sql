-- Run by psql as the owner, at every start. The runtime role's rights on tables are the migrations' affair.
\getenv runtime_password RUNTIME_PASSWORD

SELECT 'CREATE ROLE bursar_app LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bursar_app')
\gexec

ALTER ROLE bursar_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'runtime_password';

SELECT 'CREATE DATABASE bursar OWNER bursar_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'bursar')
\gexec

\connect bursar
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
