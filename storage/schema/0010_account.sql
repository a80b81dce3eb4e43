-- Display choices that follow the account.
CREATE TABLE preference (
    person_id  text PRIMARY KEY REFERENCES person,
    easy       boolean NOT NULL,
    contrast   boolean NOT NULL,
    language   text NOT NULL CHECK (language IN ('', 'zh', 'en')),
    changed_at timestamptz(6) NOT NULL
);
CREATE INDEX session_history ON session (person_id, opened_at DESC);
