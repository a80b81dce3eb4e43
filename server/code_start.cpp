#include "server/code_start.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/budgets.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/services.hpp"
#include "server/sms_code.hpp"
#include "storage/names.hpp"
#include "storage/sealed_field.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

FieldSealer sealer_of(const Services& services) {
    FieldKeys keys;
    keys.masters[1] = hmac_sha256(services.keys.reset_tickets, as_bytes("qrgate start 1"));
    keys.index = keys.masters[1];
    return FieldSealer(std::move(keys), SealSuite::aes_256_gcm, services.random);
}

std::int64_t seconds_of(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

Digest holder_of(const Start& start, const Digest& pre_session) {
    const std::string data = fmt::format("{}\n{}\n{}\n{}\n{}", name_of(start.purpose), hex(pre_session),
                                         name_of(start.kind), start.identity_number, start.phone);
    return sha256(as_bytes(data));
}

std::string seal_start(const Services& services, const Start& start, const Digest& pre_session) {
    const auto life = services.config.sms_code_life * services.config.time_factor * start.patience;
    boost::json::object content;
    content["kind"] = name_of(start.kind);
    content["number"] = start.identity_number;
    content["name"] = start.name;
    content["phone"] = start.phone;
    content["until"] = seconds_of(services.clock.now() + life);
    const std::string row = hex(pre_session);
    return base64url(sealer_of(services).seal_text(
        {.table = "start", .column = name_of(start.purpose), .row = row}, boost::json::serialize(content)));
}

std::optional<Start> open_start(const Services& services, CodePurpose purpose, std::string_view sealed,
                                const Digest& pre_session) {
    const std::optional<Bytes> octets = from_base64url(sealed);
    if (!octets) return std::nullopt;
    const std::string row = hex(pre_session);
    auto text =
        sealer_of(services).open_text({.table = "start", .column = name_of(purpose), .row = row}, *octets);
    if (!text) return std::nullopt;
    // What opens was written above.
    const boost::json::object content = boost::json::parse(*text).as_object();
    if (seconds_of(services.clock.now()) >= content.at("until").as_int64()) return std::nullopt;
    return Start{.purpose = purpose,
                 .kind = person_kind(std::string_view(content.at("kind").as_string())).value(),
                 .identity_number = std::string(content.at("number").as_string()),
                 .name = std::string(content.at("name").as_string()),
                 .phone = std::string(content.at("phone").as_string())};
}

Task<Result<bool>> may_text(Services& services, std::string phone) {
    BudgetRequest caps(services);
    const std::string on_record = "record:" + phone;
    caps.of(Budget::sms_hour_of_phone, on_record).of(Budget::sms_day_of_phone, on_record);
    auto refusal = co_await caps.spend();
    if (!refusal) co_return true;
    if (refusal->problem.errc == Errc::too_many) co_return false;
    co_return refusal->problem.errc;
}

}  // namespace qrgate
