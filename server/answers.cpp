#include "server/answers.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

#include "protocol/cookie.hpp"
#include "protocol/messages.hpp"
#include "server/audit_notes.hpp"
#include "server/config.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::string_view json_type = "application/json; charset=utf-8";
// Where the refusal itself knows no time.
constexpr std::chrono::seconds busy_retry_after{2};
constexpr std::chrono::seconds too_many_retry_after{30};

bool has_type(const Request& request, std::string_view type) {
    std::string_view value = request.header("content-type");
    return boost::algorithm::istarts_with(value, type) &&
           (value.size() == type.size() || value[type.size()] == ';' || value[type.size()] == ' ');
}

Task<Outcome> run_noted(Services& services, Endpoint endpoint, Request request) {
    const Presented presented = presented_by(request);
    Outcome outcome = co_await endpoint(services, std::move(request));
    if (!outcome) note_refused_request(services, outcome.error(), presented);
    co_return outcome;
}

Task<Response> run(BoundEndpoint endpoint, BodyType body, Request request) {
    Language language = language_of(request);
    bool understood =
        request.body.empty() || is_json(request) || (body == BodyType::json_or_form && is_form(request));
    if (!understood) co_return refusal_response(Errc::unsupported_type, language);
    Outcome outcome = co_await endpoint(std::move(request));
    if (outcome) co_return std::move(*outcome);
    co_return refusal_response(outcome.error(), language);
}

}  // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where) {
    throw std::logic_error(fmt::format("{}:{}: value() of the refusal {}", where.file_name(), where.line(),
                                       info(refusal.problem.errc).code));
}

Response json_response(int status, const boost::json::value& body) {
    Response response;
    response.status = status;
    response.set("Content-Type", std::string(json_type));
    response.body = boost::json::serialize(body);
    return response;
}

Response no_content() {
    Response response;
    response.status = 204;
    return response;
}

Response see_other(std::string location) {
    Response response;
    response.status = 303;
    response.set("Location", std::move(location));
    return response;
}

Response refusal_response(const Refusal& refusal, Language language) {
    Problem problem = refusal.problem;
    const ErrorInfo& row = info(problem.errc);
    if (row.status == 503 && !problem.retry_after) problem.retry_after = busy_retry_after;
    if (row.status == 429 && !problem.retry_after) problem.retry_after = too_many_retry_after;
    Response response;
    response.status = row.status;
    response.set("Content-Type", std::string(json_type));
    if (problem.retry_after) response.set("Retry-After", fmt::format("{}", problem.retry_after->count()));
    for (const auto& [name, value] : refusal.headers)
        response.headers.emplace_back(name, value);
    response.body = error_body(problem, language, refusal.beside);
    return response;
}

Refusal too_many(std::chrono::seconds retry_after) {
    Problem problem(Errc::too_many);
    problem.retry_after = retry_after;
    return problem;
}

Handler answered(Services& services, Endpoint endpoint, BodyType body) {
    return answered(
        [&services, endpoint](Request request) { return run_noted(services, endpoint, std::move(request)); },
        body);
}

Handler answered(BoundEndpoint endpoint, BodyType body) {
    return [endpoint = std::move(endpoint), body](Request request) {
        return run(endpoint, body, std::move(request));
    };
}

bool is_json(const Request& request) {
    return has_type(request, "application/json");
}

bool is_form(const Request& request) {
    return has_type(request, "application/x-www-form-urlencoded");
}

Language language_of(const Request& request) {
    std::optional<std::string> asked = request.query_value("lang");
    if (!asked) asked = read_cookie(request.header("cookie"), "qrgate-lang");
    if (asked && *asked == "en") return Language::en;
    if (asked && asked->starts_with("zh")) return Language::zh;
    return choose_language(request.header("accept-language"));
}

int patience_of_phone(const Config& config, const Request& request) {
    return request.query_value("easy") == "1" ? config.easy_factor : 1;
}

int patience_for(const Config& config, const Request& request) {
    std::optional<std::string> asked = request.query_value("easy");
    if (!asked) asked = read_cookie(request.header("cookie"), "qrgate-easy");
    return asked == "1" ? config.easy_factor : 1;
}

}  // namespace qrgate
