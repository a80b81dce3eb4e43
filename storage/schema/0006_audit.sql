-- What was decided, by whom, from where. Rows are written in the statement that decides and never changed.
-- No foreign key to person: a row outlives what it speaks of.
CREATE TABLE audit (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event      text NOT NULL CHECK (event <> ''),
    outcome    text NOT NULL,
    person_id  text,
    method     text NOT NULL DEFAULT '',
    subject    text NOT NULL DEFAULT '',
    address    text NOT NULL,
    request_id text NOT NULL,
    at         timestamptz(6) NOT NULL
);
CREATE INDEX audit_of_person ON audit (person_id, number DESC) WHERE person_id IS NOT NULL;
CREATE INDEX audit_time ON audit (at);
