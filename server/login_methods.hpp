// What each login method still needs from a person, in the words of the refusal it would give:
// {password, sms, qr: {available, missing: [{code, message}]}}. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "protocol/error.hpp"

namespace qrgate {

boost::json::object login_methods_body(int level, bool has_usable_certificate, Language language);

}  // namespace qrgate
