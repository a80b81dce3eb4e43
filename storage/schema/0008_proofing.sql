-- When a level was reached and until when it counts; without an end it stays.
ALTER TABLE person ADD COLUMN level_since timestamptz(6);
UPDATE person SET level_since = created_at;
ALTER TABLE person ALTER COLUMN level_since SET NOT NULL;
ALTER TABLE person ADD COLUMN level_ends_at timestamptz(6);
CREATE INDEX person_level_end ON person (level_ends_at) WHERE level_ends_at IS NOT NULL;

-- One check of a person by an outside provider. No image of anybody is here.
CREATE TABLE proofing (
    id               text PRIMARY KEY CHECK (id <> ''),
    person_id        text NOT NULL REFERENCES person,
    phone_session_id text NOT NULL,
    device_hash      bytea NOT NULL CHECK (octet_length(device_hash) = 32),
    provider         text NOT NULL,
    reference        text NOT NULL DEFAULT '',
    state            text NOT NULL CHECK (state IN ('open', 'passed', 'failed', 'expired')),
    reason           text NOT NULL DEFAULT '',
    event_id         text UNIQUE,
    started_at       timestamptz(6) NOT NULL,
    ends_at          timestamptz(6) NOT NULL,
    decided_at       timestamptz(6),
    CHECK ((decided_at IS NULL) = (state = 'open'))
);
CREATE UNIQUE INDEX proofing_open_of_person ON proofing (person_id) WHERE state = 'open';
CREATE INDEX proofing_of_person ON proofing (person_id, started_at DESC);
CREATE INDEX proofing_open ON proofing (started_at) WHERE state = 'open';

-- What a person agreed to, in which version, and when. Never changed.
CREATE TABLE consent (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id   text NOT NULL REFERENCES person,
    proofing_id text NOT NULL,
    text        text NOT NULL CHECK (text <> ''),
    version     text NOT NULL CHECK (version <> ''),
    agreed_at   timestamptz(6) NOT NULL,
    address     text NOT NULL
);
CREATE INDEX consent_of_person ON consent (person_id, number DESC);

-- What one operator asked for at the desk and another decided. `phone` is a sealed field.
CREATE TABLE desk_case (
    id         text PRIMARY KEY CHECK (id <> ''),
    person_id  text NOT NULL REFERENCES person,
    action     text NOT NULL CHECK (action IN ('level', 'phone', 'certificate')),
    level      integer NOT NULL CHECK (level BETWEEN 0 AND 3),
    phone      bytea,
    evidence   text NOT NULL CHECK (evidence <> ''),
    opened_by  text NOT NULL CHECK (opened_by <> ''),
    opened_at  timestamptz(6) NOT NULL,
    state      text NOT NULL CHECK (state IN ('open', 'approved', 'refused')),
    decided_by text,
    decided_at timestamptz(6),
    used_at    timestamptz(6),
    CHECK ((decided_at IS NULL) = (state = 'open')),
    CHECK ((decided_by IS NULL) = (state = 'open')),
    CHECK (decided_by <> opened_by),
    CHECK ((phone IS NULL) = (action <> 'phone'))
);
CREATE INDEX desk_case_of_person ON desk_case (person_id, opened_at DESC);
CREATE INDEX desk_case_open ON desk_case (opened_at) WHERE state = 'open';
