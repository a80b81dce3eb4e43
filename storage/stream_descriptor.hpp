// A file descriptor that a Task waits for. Owned by its user; one thread.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "storage/task.hpp"

namespace qrgate {

using StreamDescriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

}  // namespace qrgate
