// Who an operator means: a person by opaque id, citizen number or credit code. I/O thread.
#pragma once

#include <string>

#include "protocol/error.hpp"
#include "storage/records.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;

// not_found: nobody of that name.
Task<Result<Person>> find_named_person(Storage& storage, std::string who);

}  // namespace qrgate
