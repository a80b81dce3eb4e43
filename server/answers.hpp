// How handlers answer: a Response, or a Refusal that becomes the error JSON of docs/protocol.md section 2.
// Handlers return `Outcome`; `answered` makes a router's Handler of one and is the only place where errors
// become bytes.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/error.hpp"
#include "server/http.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Config;
struct Services;

struct Refusal {
    Refusal() : problem(Errc::internal_error) {}   // boost::system::result wants one for its success case
    Refusal(Errc errc) : problem(errc) {}          // NOLINT: handlers return error codes as they are
    Refusal(Problem p) : problem(std::move(p)) {}  // NOLINT

    Problem problem;
    boost::json::object beside = {};  // stands beside `error`: a fresh captcha, a reset_ticket, tries_left
    std::vector<std::pair<std::string, std::string>> headers = {};
};
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

using Outcome = boost::system::result<Response, Refusal>;
using Endpoint = Task<Outcome> (*)(Services&, Request);
// For handlers that need more than Services: a plain function that hands over to a coroutine.
using BoundEndpoint = std::function<Task<Outcome>(Request)>;

Response json_response(int status, const boost::json::value& body);
Response no_content();
Response see_other(std::string location);
Response refusal_response(const Refusal& refusal, Language language);
Refusal too_many(std::chrono::seconds retry_after);

enum class BodyType : unsigned char { json, json_or_form };

// A handler of the router: refuses other body types (unsupported_type), runs the endpoint and turns its
// refusal into the answer.
Handler answered(Services& services, Endpoint endpoint, BodyType body = BodyType::json);
Handler answered(BoundEndpoint endpoint, BodyType body = BodyType::json);
bool is_json(const Request& request);
bool is_form(const Request& request);

Language language_of(const Request& request);  // ?lang=, then the qrgate-lang cookie, then Accept-Language
// What a person's time limits are multiplied with: ?easy=1 or the cookie qrgate-easy=1 asks for more time.
int patience_for(const Config& config, const Request& request);
int patience_of_phone(const Config& config,
                      const Request& request);  // ?easy=1 only: its calls read no cookies

}  // namespace qrgate
