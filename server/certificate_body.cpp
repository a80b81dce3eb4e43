#include "server/certificate_body.hpp"

#include "storage/names.hpp"

namespace qrgate {

bool is_usable(const Certificate& certificate, WallTime now) noexcept {
    return certificate.state == CertificateState::active && certificate.not_before <= now &&
           now < certificate.not_after;
}

boost::json::object certificate_body(const Certificate& certificate, const Session& asking, WallTime now) {
    boost::json::object body;
    body["serial"] = certificate.serial;
    body["algorithm"] = name_of(certificate.algorithm);
    body["state"] = name_of(certificate.state);
    body["usable"] = is_usable(certificate, now);
    body["not_before"] = format_time(certificate.not_before);
    body["not_after"] = format_time(certificate.not_after);
    body["issued_at"] = format_time(certificate.issued_at);
    body["this_device"] = asking.device_hash && *asking.device_hash == certificate.device_hash;
    return body;
}

}  // namespace qrgate
