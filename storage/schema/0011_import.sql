-- What the last import said of a person: a keyed digest of the whole row (the same row again changes nothing), and the
-- phone it brought (a phone that was changed here is another one, and stays).
ALTER TABLE person ADD COLUMN import_digest bytea CHECK (octet_length(import_digest) = 32);
ALTER TABLE person ADD COLUMN imported_phone_index bytea CHECK (octet_length(imported_phone_index) = 32);
