-- Certificates of keys that were made on phones; the private key is never here. `unlock_secret` is a sealed field.
CREATE TABLE certificate (
    serial               text PRIMARY KEY CHECK (serial ~ '^[0-9a-f]+$'),
    person_id            text NOT NULL REFERENCES person,
    algorithm            text NOT NULL CHECK (algorithm IN ('sm2', 'p256')),
    public_key           bytea NOT NULL CHECK (octet_length(public_key) = 65),
    der                  bytea NOT NULL,
    not_before           timestamptz(6) NOT NULL,
    not_after            timestamptz(6) NOT NULL CHECK (not_before < not_after),
    state                text NOT NULL CHECK (state IN ('active', 'disabled', 'revoked')),
    state_reason         text NOT NULL DEFAULT '',
    state_since          timestamptz(6) NOT NULL,
    device_hash          bytea NOT NULL CHECK (octet_length(device_hash) = 32),
    unlock_verifier_hash bytea NOT NULL CHECK (octet_length(unlock_verifier_hash) = 32),
    unlock_secret        bytea NOT NULL,
    unlock_failures      integer NOT NULL DEFAULT 0 CHECK (unlock_failures BETWEEN 0 AND 10),
    biometric            text NOT NULL,
    phone_session_id     text NOT NULL,
    issued_at            timestamptz(6) NOT NULL
);
CREATE INDEX certificate_of_person ON certificate (person_id, issued_at DESC);

-- What one confirmation was: text, signature, certificate and chain, so that it can be verified years later without
-- any other table. Written in the statement that confirms; never changed, never purged with its ticket.
CREATE TABLE evidence (
    token_hash         bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    person_id          text NOT NULL REFERENCES person,
    serial             text NOT NULL,
    algorithm          text NOT NULL CHECK (algorithm IN ('sm2', 'p256')),
    text               text NOT NULL,
    signature          bytea NOT NULL,
    certificate        bytea NOT NULL,
    chain              bytea NOT NULL,
    certificate_status text NOT NULL,
    confirmed_at       timestamptz(6) NOT NULL
);
CREATE INDEX evidence_of_person ON evidence (person_id, confirmed_at DESC);
