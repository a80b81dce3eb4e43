-- One row per citizen or company. Number, name and phone are sealed fields (storage/sealed_field.hpp), bound to
-- this table, their column and the row's id; the *_index columns are keyed hashes, for equality only.
CREATE TABLE person (
    id             text PRIMARY KEY CHECK (id ~ '^[0-9A-Za-z_-]{1,64}$'),
    kind           text NOT NULL CHECK (kind IN ('personal', 'corporate')),
    number         bytea NOT NULL,
    number_index   bytea NOT NULL CHECK (octet_length(number_index) = 32),
    name           bytea NOT NULL,
    phone          bytea,
    phone_index    bytea CHECK (octet_length(phone_index) = 32),
    level          integer NOT NULL CHECK (level BETWEEN 1 AND 3),
    level_evidence text NOT NULL,
    state          text NOT NULL CHECK (state IN ('active', 'locked')),
    password_hash  text NOT NULL,
    created_at     timestamptz(6) NOT NULL,
    changed_at     timestamptz(6) NOT NULL,
    CHECK ((phone IS NULL) = (phone_index IS NULL)),
    UNIQUE (kind, number_index)
);
CREATE INDEX person_phone ON person (kind, phone_index) WHERE phone_index IS NOT NULL;
