#include "protocol/messages.hpp"

#include <boost/json/serialize.hpp>

namespace qrgate {
namespace {

std::string frame(std::string_view type, std::uint64_t seq) {
    return boost::json::serialize(boost::json::object{{"type", type}, {"seq", seq}});
}

}  // namespace

std::string code_frame(const CodeFrame& code) {
    return boost::json::serialize(boost::json::object{{"type", "code"},
                                                      {"seq", code.seq},
                                                      {"url", code.url},
                                                      {"token", code.token},
                                                      {"short_code", code.short_code},
                                                      {"expires_in", code.expires_in}});
}

std::string scanned_frame(std::uint64_t seq) {
    return frame("scanned", seq);
}

std::string confirmed_frame(std::uint64_t seq, bool needs_code) {
    if (!needs_code) return frame("confirmed", seq);
    return boost::json::serialize(
        boost::json::object{{"type", "confirmed"}, {"seq", seq}, {"needs_code", true}});
}

std::string denied_frame(std::uint64_t seq) {
    return frame("denied", seq);
}

std::string expired_frame(std::uint64_t seq) {
    return frame("expired", seq);
}

std::string error_body(const Problem& problem, Language language, const boost::json::object& beside) {
    boost::json::object error{{"code", info(problem.errc).code}, {"message", text(problem.errc, language)}};
    if (!problem.fields.empty()) {
        boost::json::object fields;
        for (const auto& [key, why] : problem.fields)
            fields.emplace(key, why);
        error.emplace("fields", std::move(fields));
    }
    if (problem.retry_after) error.emplace("retry_after", problem.retry_after->count());

    boost::json::object body;
    body.emplace("error", std::move(error));
    for (const auto& member : beside)
        body.insert(member);
    return boost::json::serialize(body);
}

boost::json::object person_body(std::string_view id, PersonKind kind, std::string_view name, int level) {
    return {{"id", id}, {"kind", name_of(kind)}, {"name_masked", masked_name(kind, name)}, {"level", level}};
}

}  // namespace qrgate
