// Memory is wiped when it is given back, so that no password, code or key stays behind in what nobody holds
// any more, whoever copied it (GB/T 22239 8.1.4, remaining information): this program's operator delete, and
// OpenSSL's memory. What is never given back while the process runs (buffers used again, stacks) is wiped
// where it is used. Linked into the program only; in builds with a sanitizer the sanitizer's own operators
// stay, which look at more.
#pragma once

namespace qrgate {

// Before OpenSSL's first use. False: it was in use already.
bool wipe_memory_of_openssl() noexcept;

}  // namespace qrgate
