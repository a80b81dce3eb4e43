#include "server/certificate_body.hpp"

#include "storage/names.hpp"

namespace qrgate {

bool is_usable(const Certificate& certificate, WallTime now) noexcept {
    return certificate.state == CertificateState::active && certificate.not_before <= now &&
           now < certificate.not_after;
}

bool is_renewable(const Certificate& certificate, WallTime now, std::chrono::seconds renew_before) noexcept {
    return is_usable(certificate, now) && now >= certificate.not_after - renew_before;
}

boost::json::object certificate_body(const Certificate& certificate, const Session& asking, WallTime now,
                                     std::chrono::seconds renew_before) {
    const bool here = asking.device_hash && *asking.device_hash == certificate.device_hash;
    boost::json::object body;
    body["serial"] = certificate.serial;
    body["algorithm"] = name_of(certificate.algorithm);
    body["state"] = name_of(certificate.state);
    body["usable"] = is_usable(certificate, now);
    body["renewable"] = here && is_renewable(certificate, now, renew_before);
    body["not_before"] = format_time(certificate.not_before);
    body["not_after"] = format_time(certificate.not_after);
    body["issued_at"] = format_time(certificate.issued_at);
    body["this_device"] = here;
    return body;
}

}  // namespace qrgate
