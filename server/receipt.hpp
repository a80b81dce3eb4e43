// The evidence of one confirmed login as a file: what the person saw and signed, with which certificate, and
// when. `receipt export` writes it, `receipt verify` checks it offline, years later. JSON, version 1. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.hpp"
#include "storage/storage.hpp"

namespace qrgate {

std::string write_receipt(const Receipt& receipt);

struct ReceiptCheck {
    std::string what = {};  // for people
    bool right = false;
};
struct ReceiptVerdict {
    std::vector<ReceiptCheck> checks = {};
    std::string text = {};  // the signed text, when it could be read
    bool right() const noexcept;
};

// `ca`: the installation's CA certificate (DER) that the verifier trusts; empty: the one inside the receipt,
// which proves only that the receipt is consistent (and the verdict says so).
ReceiptVerdict verify_receipt(std::string_view json, ByteView ca);

// DER of the first certificate in a PEM text; empty when there is none.
Bytes certificate_from_pem(std::string_view pem);

}  // namespace qrgate
