// Reads the server's JSON answers, and names failures so that they can be counted: "scan_409_ticket_taken",
// "confirm_no_answer". Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "bench/http_client.hpp"

namespace qrgate::bench {

// Empty where the body is no JSON object.
boost::json::object object_of(const Reply& reply);
// Empty where there is no such text.
std::string text_of(const boost::json::object& object, std::string_view key);
// The name under which this answer to `step` is counted.
std::string named(std::string_view step, const Reply& reply);
// The six digits of the newest text in the demo's outbox (an array of texts); empty: none.
std::string code_in_outbox(std::string_view body);

}  // namespace qrgate::bench
