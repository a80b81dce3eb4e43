#include "server/login_methods.hpp"

#include <boost/json/array.hpp>
#include <vector>

#include "protocol/levels.hpp"

namespace qrgate {

namespace {

boost::json::object method_body(const std::vector<Errc>& missing, Language language) {
    boost::json::array reasons;
    for (Errc errc : missing) {
        reasons.push_back(boost::json::object{{"code", info(errc).code}, {"message", text(errc, language)}});
    }
    return {{"available", missing.empty()}, {"missing", std::move(reasons)}};
}

}  // namespace

boost::json::object login_methods_body(int level, bool has_usable_certificate, Language language) {
    std::vector<Errc> sms_missing;
    std::vector<Errc> qr_missing;
    if (level < needed_level(LoginMethod::sms)) sms_missing.push_back(Errc::level_too_low);
    if (level < needed_level(LoginMethod::qr)) qr_missing.push_back(Errc::level_too_low);
    if (!has_usable_certificate) qr_missing.push_back(Errc::certificate_missing);
    return {{"password", method_body({}, language)},
            {"sms", method_body(sms_missing, language)},
            {"qr", method_body(qr_missing, language)}};
}

}  // namespace qrgate
