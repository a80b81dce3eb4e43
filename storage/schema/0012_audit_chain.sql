-- The audit's chain. Rows are written as before, unchained, in the statement that decides; a sealer covers them
-- with seals afterwards (storage/audit_ledger.hpp). docs/operating.md, "Audit", says how the octets are made.

-- For what is made here, and until the end of this transaction only. A function that says `SET search_path FROM
-- CURRENT` finds our tables and no temporary ones of its caller's: those come first wherever pg_temp is not named.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Where a row stands in the chain: by the transaction that wrote it, then by its number. Transactions below the
-- oldest that is still running can write nothing more, so what is below that is final, however late a row with a
-- lower number commits. Rows of before stand first.
CREATE FUNCTION audit_position() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT 0 + pg_current_xact_id()::text::bigint $$;
CREATE FUNCTION audit_horizon() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT 0 + pg_snapshot_xmin(pg_current_snapshot())::text::bigint $$;
CREATE FUNCTION audit_next_position() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT 0 + pg_snapshot_xmax(pg_current_snapshot())::text::bigint $$;
ALTER TABLE audit ADD COLUMN position bigint NOT NULL DEFAULT 0;
ALTER TABLE audit ALTER COLUMN position SET DEFAULT audit_position();
CREATE INDEX audit_chain ON audit (position, number);
DROP INDEX audit_time;

CREATE FUNCTION audit_field(field text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT coalesce(octet_length(field) || ':' || field || ',', '-1:,') $$;
CREATE FUNCTION audit_digest(a audit) RETURNS bytea LANGUAGE sql STABLE
    AS $$ SELECT sha256(convert_to(
        audit_field(a.position::text) || audit_field(a.number::text) || audit_field(a.event)
        || audit_field(a.outcome) || audit_field(a.person_id) || audit_field(a.method) || audit_field(a.subject)
        || audit_field(a.address) || audit_field(a.request_id)
        || audit_field((extract(epoch FROM a.at) * 1000000)::bigint::text), 'UTF8')) $$;

CREATE TABLE audit_seal (
    seal          bigint PRIMARY KEY CHECK (seal > 0),
    row_count     bigint NOT NULL CHECK (row_count > 0),
    last_position bigint NOT NULL,
    last_number   bigint NOT NULL,
    sealed_at     timestamptz(6) NOT NULL,
    marks         bytea NOT NULL CHECK (octet_length(marks) = 16 * row_count), -- number and half a digest of each row
    digest        bytea NOT NULL CHECK (octet_length(digest) = 32),
    mac           bytea NOT NULL CHECK (octet_length(mac) = 32)
);
-- The last seal whose rows are gone by the rule of retention; 0: none. That seal itself stays: the chain begins at it.
CREATE TABLE audit_start (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seal     bigint NOT NULL
);
INSERT INTO audit_start (seal) VALUES (0);

-- Nothing is changed, and nothing goes but by audit_retire. Whoever may switch triggers off is found by the chain.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
    AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE FUNCTION audit_refuse_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_start b JOIN audit_seal s ON s.seal = b.seal
                   WHERE (OLD.position, OLD.number) <= (s.last_position, s.last_number)) THEN
        RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION audit_refuse_kept_seal() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.seal >= (SELECT seal FROM audit_start) THEN
        RAISE EXCEPTION 'audit_seal is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
-- Whatever the configuration says: half a year stays (GB/T 22239; Cybersecurity Law, article 21).
CREATE FUNCTION audit_refuse_early_start() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.seal < OLD.seal OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.seal = NEW.seal
                                          AND s.sealed_at < now() - interval '180 days') THEN
        RAISE EXCEPTION 'audit rows are kept for 180 days at least' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse_kept();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seal_unchanged BEFORE UPDATE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seal_kept BEFORE DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse_kept_seal();
CREATE TRIGGER audit_seal_not_emptied BEFORE TRUNCATE ON audit_seal EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_start_late BEFORE UPDATE ON audit_start FOR EACH ROW EXECUTE FUNCTION audit_refuse_early_start();
CREATE TRIGGER audit_start_kept BEFORE INSERT OR DELETE ON audit_start FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_start_not_emptied BEFORE TRUNCATE ON audit_start EXECUTE FUNCTION audit_refuse();

-- Retention: the rows of at most `most` seals that were made before `made_before`. Answer: how many rows went. Runs with
-- its owner's rights, so that a role without DELETE can be given this alone.
CREATE FUNCTION audit_retire(made_before timestamptz, most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    begun bigint;
    ends  audit_seal%ROWTYPE;
    gone  bigint;
BEGIN
    made_before := least(made_before, now() - interval '180 days');
    SELECT b.seal INTO begun FROM audit_start b FOR UPDATE;
    SELECT s.* INTO ends FROM audit_seal s
        WHERE s.seal > begun AND s.seal <= begun + most AND s.sealed_at < made_before
          AND s.seal < (SELECT max(n.seal) FROM audit_seal n)
          AND NOT EXISTS (SELECT 1 FROM audit_seal k
                          WHERE k.seal > begun AND k.seal < s.seal AND k.sealed_at >= made_before)
        ORDER BY s.seal DESC LIMIT 1;
    IF NOT FOUND THEN RETURN 0; END IF;
    UPDATE audit_start SET seal = ends.seal;
    DELETE FROM audit a WHERE (a.position, a.number) <= (ends.last_position, ends.last_number);
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM audit_seal s WHERE s.seal < ends.seal;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION audit_retire(timestamptz, integer) FROM PUBLIC;

-- A restored dump has its rows' positions, and a cluster that counts its transactions anew: then positions go on
-- above the highest that is there. Asked by migrate at each start and before each seal, as a dump may be restored under
-- running servers. Answer: whether anything had to be done. Runs with its owner's rights, and everybody may ask: it does
-- nothing but what is due.
CREATE FUNCTION audit_new_era() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    highest bigint := greatest((SELECT max(position) FROM audit),
                               (SELECT last_position FROM audit_seal ORDER BY seal DESC LIMIT 1), 0);
    base    bigint;
BEGIN
    IF highest < audit_next_position() THEN RETURN false; END IF;
    PERFORM pg_advisory_xact_lock(7113420221);
    IF highest < audit_next_position() THEN RETURN false; END IF;
    base := highest + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    EXECUTE format('CREATE OR REPLACE FUNCTION audit_position() RETURNS bigint LANGUAGE sql STABLE AS '
                   '$f$ SELECT %s + pg_current_xact_id()::text::bigint $f$', base);
    EXECUTE format('CREATE OR REPLACE FUNCTION audit_horizon() RETURNS bigint LANGUAGE sql STABLE AS '
                   '$f$ SELECT %s + pg_snapshot_xmin(pg_current_snapshot())::text::bigint $f$', base);
    EXECUTE format('CREATE OR REPLACE FUNCTION audit_next_position() RETURNS bigint LANGUAGE sql STABLE AS '
                   '$f$ SELECT %s + pg_snapshot_xmax(pg_current_snapshot())::text::bigint $f$', base);
    RETURN true;
END $$;

-- Sessions that are over and not marked yet (expire_sessions).
CREATE INDEX session_open ON session (expires_at, id) WHERE ended_at IS NULL;
