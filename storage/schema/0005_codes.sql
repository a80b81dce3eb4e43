-- Codes sent by SMS, as keyed hashes. The newest of a purpose and holder replaces the older one.
CREATE TABLE sms_code (
    purpose     text NOT NULL CHECK (purpose IN ('certificate', 'login', 'registration', 'reset')),
    holder_hash bytea NOT NULL CHECK (octet_length(holder_hash) = 32),
    person_id   text,
    code_hash   bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    challenge   text NOT NULL,
    sent_at     timestamptz(6) NOT NULL,
    expires_at  timestamptz(6) NOT NULL,
    tries       integer NOT NULL CHECK (tries >= 0),
    used_at     timestamptz(6),
    PRIMARY KEY (purpose, holder_hash)
);
CREATE INDEX sms_code_expiry ON sms_code (expires_at);

-- Budgets (protocol/throttle.hpp): one row per key, which is a keyed hash of what is limited and why.
CREATE TABLE budget (
    key           bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    used          integer NOT NULL CHECK (used >= 0),
    window_ends   timestamptz(6) NOT NULL,
    blocked_until timestamptz(6) NOT NULL
);
CREATE INDEX budget_age ON budget (window_ends);
