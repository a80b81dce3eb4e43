-- Codes for a change of the phone number: one to the number on record, one to the number that is to be.
ALTER TABLE sms_code DROP CONSTRAINT sms_code_purpose_check;
ALTER TABLE sms_code ADD CONSTRAINT sms_code_purpose_check
    CHECK (purpose IN ('certificate', 'login', 'registration', 'reset', 'phone_old', 'phone_new'));

-- The number a code was sent to, as it stood on record then: a code does not follow a person to another number.
ALTER TABLE sms_code ADD COLUMN phone_index bytea CHECK (octet_length(phone_index) = 32);
