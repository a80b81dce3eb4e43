-- One row per ticket that was scanned. `number` orders the tickets of one pre-session.
CREATE TABLE ticket (
    token_hash         bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    number             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    token              text NOT NULL,
    state              text NOT NULL CHECK (state IN
                           ('scanned', 'confirmed', 'redeemed', 'denied', 'cancelled', 'expired', 'dead')),
    deadline           timestamptz(6) NOT NULL,
    wrong_signatures   integer NOT NULL DEFAULT 0 CHECK (wrong_signatures BETWEEN 0 AND 5),
    wrong_codes        integer NOT NULL DEFAULT 0 CHECK (wrong_codes BETWEEN 0 AND 3),
    pre_session_hash   bytea NOT NULL CHECK (octet_length(pre_session_hash) = 32),
    person_id          text NOT NULL REFERENCES person,
    phone_session_id   text NOT NULL,
    certificate        text NOT NULL,
    nonce              text NOT NULL,
    browser_family     text NOT NULL,
    browser_os         text NOT NULL,
    browser_address    text NOT NULL,
    browser_place      text NOT NULL,
    browser_started_at timestamptz(6) NOT NULL,
    origin             text NOT NULL,
    scanned_at         timestamptz(6) NOT NULL,
    signing_expires_at timestamptz(6) NOT NULL,
    needs_code         boolean NOT NULL DEFAULT false,
    code_hash          bytea CHECK (octet_length(code_hash) = 32),
    session_id         text,
    easy               boolean NOT NULL,
    ended_at           timestamptz(6),
    CHECK (needs_code = (code_hash IS NOT NULL)),
    CHECK ((state = 'redeemed') = (session_id IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (state IN ('scanned', 'confirmed')))
);
-- The rule of docs/protocol.md section 4: at most one open ticket per pre-session.
CREATE UNIQUE INDEX ticket_open_of_pre_session ON ticket (pre_session_hash) WHERE state IN ('scanned', 'confirmed');
CREATE INDEX ticket_of_pre_session ON ticket (pre_session_hash, number DESC);
CREATE INDEX ticket_open_deadline ON ticket (deadline) WHERE state IN ('scanned', 'confirmed');
CREATE INDEX ticket_open_of_person ON ticket (person_id) WHERE state IN ('scanned', 'confirmed');
CREATE INDEX ticket_ended ON ticket (ended_at) WHERE ended_at IS NOT NULL;
