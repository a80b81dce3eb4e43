-- Logged-in browsers and phones. Cookies and bearer tokens are kept as SHA-256 only.
CREATE TABLE session (
    id            text PRIMARY KEY CHECK (id <> ''),
    token_hash    bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    person_id     text NOT NULL REFERENCES person,
    kind          text NOT NULL CHECK (kind IN ('browser', 'phone')),
    method        text NOT NULL CHECK (method IN ('password', 'sms', 'qr')),
    aal           integer NOT NULL CHECK (aal BETWEEN 1 AND 3),
    opened_at     timestamptz(6) NOT NULL,
    last_used_at  timestamptz(6) NOT NULL,
    idle_s        bigint NOT NULL CHECK (idle_s > 0),
    idle_ends_at  timestamptz(6) NOT NULL,
    expires_at    timestamptz(6) NOT NULL,
    present_until timestamptz(6) NOT NULL,
    presented     boolean NOT NULL DEFAULT false,
    address       text NOT NULL,
    browser       text NOT NULL,
    place         text NOT NULL,
    device_hash   bytea CHECK (octet_length(device_hash) = 32),
    ended_at      timestamptz(6),
    end_reason    text,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX session_of_person ON session (person_id, kind, opened_at) WHERE ended_at IS NULL;
CREATE INDEX session_expiry ON session (expires_at);

-- Pre-sessions that a login has ended: they open nothing a second time. Kept a little longer than a pre-session lives.
CREATE TABLE ended_pre_session (
    hash     bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    ended_at timestamptz(6) NOT NULL
);
CREATE INDEX ended_pre_session_age ON ended_pre_session (ended_at);
