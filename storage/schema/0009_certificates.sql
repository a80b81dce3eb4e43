-- Who vouched for the device a certificate was made on, what the biometric check proved, and what it replaced.
ALTER TABLE certificate ADD COLUMN permit text NOT NULL DEFAULT '';
ALTER TABLE certificate ADD COLUMN biometric_evidence text NOT NULL DEFAULT '';
ALTER TABLE certificate ADD COLUMN renews text;
CREATE INDEX certificate_revoked ON certificate (not_after) WHERE state <> 'active';
