-- When the password was set: by the person, a reset or an import, not by hashing the same one anew. How old those are that
-- are there already, nobody knows: they begin at the moment of the migration, so that nobody is locked out on the day of
-- an upgrade. The default is for them alone.
ALTER TABLE person ADD COLUMN password_set_at timestamptz(6) NOT NULL DEFAULT now();
ALTER TABLE person ALTER COLUMN password_set_at DROP DEFAULT;
