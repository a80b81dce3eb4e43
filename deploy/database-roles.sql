-- The two database roles of qrgate in a PostgreSQL of your own (15 or newer). As a superuser, once:
--   psql -v owner_password=… -v run_password=… -f deploy/database-roles.sql
-- (and -v owner_role=…, -v run_role=…, -v database=… for other names). Then, as the owner, at the first start and with
-- each new version, before the servers:
--   qrgate migrate --config qrgate.conf --set 'database.url=postgresql://qrgate_owner:…@HOST/qrgate' --grant-to qrgate_run
-- Servers and operators' commands run with database.url = postgresql://qrgate_run:…@HOST/qrgate. What that role may do,
-- table by table, is storage/pg_run_role.cpp; it is given by the command above and by nothing else.
\set ON_ERROR_STOP on
\if :{?owner_role}
\else
  \set owner_role qrgate_owner
\endif
\if :{?run_role}
\else
  \set run_role qrgate_run
\endif
\if :{?database}
\else
  \set database qrgate
\endif
CREATE ROLE :"owner_role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE :"run_role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT PASSWORD :'run_password';
CREATE DATABASE :"database" OWNER :"owner_role" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"run_role";
\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"owner_role";
