-- Display choices that follow the account.
CREATE TABLE preference (
    person_id  text PRIMARY KEY REFERENCES person,
    easy       boolean NOT NULL,
    contrast   boolean NOT NULL,
    language   text NOT NULL CHECK (language IN ('', 'zh', 'en')),
    changed_at timestamptz(6) NOT NULL
);
CREATE INDEX session_history ON session (person_id, opened_at DESC);
-- Refused tries in a person's login history.
CREATE INDEX audit_refused_login ON audit (person_id, number DESC)
    WHERE event = 'authn_login_fail' AND person_id IS NOT NULL;
