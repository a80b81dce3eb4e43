-- When a session got the value it has, where that is not when it was opened: a change of level gives it another.
ALTER TABLE session ADD COLUMN value_since timestamptz(6);
-- Which certificate opened a session: revoking it ends the session.
CREATE INDEX ticket_of_session ON ticket (session_id) WHERE session_id IS NOT NULL;
-- Nodes ask every second what was cancelled since; few tickets are.
CREATE INDEX ticket_cancelled ON ticket (ended_at) WHERE state = 'cancelled';
