// Whether a phone's signature of a scanned ticket is right: over the text that we make from our own record,
// by the certificate it was scanned with. Functions of handlers; I/O thread (the check itself runs on the
// signature thread). Errors: certificate_unusable, busy, storage's.
#pragma once

#include <optional>
#include <string>

#include "protocol/signed_text.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;

SignedLogin signed_login(const Ticket& ticket);

// The certificate that was scanned with, if it may still sign; the signature checked over our own text.
// Answers who issued it (the CA's id), or nothing where the signature does not fit. With a key that is known
// already, nothing is read before the check: the statement that confirms looks at the certificate's state.
// What does not fit is looked at again with the certificate as it is now, for the right answer.
Task<Result<std::optional<std::string>>> signature_fits(Services& services, Ticket ticket,
                                                        std::string certificate, Bytes signature);

}  // namespace qrgate
