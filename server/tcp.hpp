// TCP as Tasks wait for it. Owned by its user; I/O thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "storage/task.hpp"

namespace qrgate {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

}  // namespace qrgate
