// `qrgate why PERSON`: what the account's state says about logging in, the last tries with their codes, and
// for each code the words the person read and what the operator can do. Never prints a number, a name or a
// phone in clear. One thread. Returns the exit code.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "protocol/time.hpp"
#include "storage/records.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;

asio::awaitable<int> tell_why(Storage& storage, Person person, WallTime now);

// The text itself; `audit` newest first.
std::string why_text(const Person& person, const std::vector<AuditRow>& audit, WallTime now);

}  // namespace qrgate
