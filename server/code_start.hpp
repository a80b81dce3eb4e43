// The first half of registration and password reset, for people whom nothing is stored about: what they typed
// goes back to their browser as one sealed value, and only the code's row (a keyed hash) is written.
//
// A start is sealed with AES-256-GCM (storage/sealed_field) under a key derived from Keys::reset_tickets,
// with the browser's pre-session as part of what is authenticated: it opens in that browser only, until its
// time is over, and says nothing to anybody. The code is bound to browser, purpose, number and phone; so the
// newest code for the same data replaces the older one, and a code sent for other data does not fit. Pure but
// for its parameters. I/O thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/answers.hpp"
#include "server/captcha_check.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Start {
    CodePurpose purpose = CodePurpose::registration;  // or reset
    PersonKind kind = PersonKind::personal;
    std::string identity_number = {};
    std::string name = {};   // registration only
    std::string phone = {};  // registration only: as typed, not proven yet
    int patience = 1;        // multiplies the life of code and start (patience_for)
};

// What the code of this start is bound to.
Digest holder_of(const Start& start, const Digest& pre_session);
std::string seal_start(const Services& services, const Start& start, const Digest& pre_session);
// none: not ours, another browser's, another purpose's, or over.
std::optional<Start> open_start(const Services& services, CodePurpose purpose, std::string_view sealed,
                                const Digest& pre_session);

// The caps of the phone on record, which nobody is told of: false means that this text is left out. `phone`
// may be a stand-in, so that the same is counted and written whether or not there is somebody. They are not
// the caps of a phone that somebody types: those answer openly and would tell which phone is on record.
Task<Result<bool>> may_text(Services& services, std::string phone);

}  // namespace qrgate
