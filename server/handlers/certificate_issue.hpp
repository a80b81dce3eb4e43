// What the two files of the certificate handlers share. I/O thread.
#pragma once

#include <string>

#include "server/answers.hpp"
#include "server/sms/sms_texts.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

// A code is bound to the phone session that asked for it.
Digest certificate_code_holder(const Session& phone);
// POST /api/v1/phone/certificates
Task<Outcome> issue_certificate(Services& services, Request request);
// A text to the person's phone on record, where there is one. A text that fails takes nothing back; the
// metric and the log tell.
Task<void> tell_by_text(Services& services, std::string person_id, SmsNotice notice);

}  // namespace qrgate
