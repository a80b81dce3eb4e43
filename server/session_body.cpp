#include "server/session_body.hpp"

#include <algorithm>

#include "protocol/messages.hpp"

namespace qrgate {

boost::json::object session_body(const Session& session) {
    boost::json::object body;
    body["id"] = session.id;
    body["method"] = name_of(session.method);
    body["aal"] = session.aal;
    body["browser"] = session.browser;
    body["address"] = session.address;
    body["place"] = session.place;
    body["opened_at"] = format_time(session.opened_at);
    body["last_used_at"] = format_time(session.last_used_at);
    body["expires_at"] = format_time(std::min(session.idle_ends_at, session.expires_at));
    return body;
}

boost::json::object own_session_body(const Session& session) {
    boost::json::object body;
    body["person"] =
        person_body(session.person_id, session.person_kind, session.person_name, session.person_level);
    body["method"] = name_of(session.method);
    body["aal"] = session.aal;
    body["expires_at"] = format_time(std::min(session.idle_ends_at, session.expires_at));
    return body;
}

}  // namespace qrgate
