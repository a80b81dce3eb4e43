// `qrgate why PERSON`: what the account's state says about logging in, the last tries with their codes, and
// for each code the words the person read and what the operator can do. Never prints a number, a name or a
// phone in clear. One thread. Returns the exit code.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "protocol/time.hpp"
#include "storage/records.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;

// `password_max_age`: as in config.hpp; 0: a password may be as old as it likes.
Task<int> tell_why(Storage& storage, Person person, WallTime now, std::chrono::seconds password_max_age);

// The text itself; `audit` newest first.
std::string why_text(const Person& person, const std::vector<AuditRow>& audit, WallTime now,
                     std::chrono::seconds password_max_age = {});

}  // namespace qrgate
