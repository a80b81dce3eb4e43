#include "server/waiting_visitor.hpp"

#include "server/clock.hpp"
#include "server/qr_risk.hpp"
#include "server/services.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

Task<boost::system::result<WaitingVisitor, Refusal>> admit_visitor(Services& services, Request request,
                                                                   PreSession pre_session) {
    auto known = co_await services.storage.resume(pre_session.hash, services.clock.now());
    // Without a database a browser may still wait: its code is scanned when the database is back.
    Resume resume = known ? *known : Resume{};
    if (resume.pre_session_ended) {
        Refusal refusal(Errc::origin_refused);
        Request without_cookies;
        without_cookies.secure = request.secure;
        PreSession next = pre_session_or_new(services, without_cookies);
        refusal.headers.emplace_back("Set-Cookie", pre_session_cookie(request, next));
        co_return refusal;
    }
    WaitingVisitor admitted;
    admitted.visitor.pre_session_hash = pre_session.hash;
    admitted.visitor.browser = browser_context(services, request);
    admitted.visitor.easy = request.query_value("easy") == "1";
    admitted.visitor.later = !resume.open_ticket && denial_wait(services, request.address).has_value();
    admitted.open_ticket = std::move(resume.open_ticket);
    co_return admitted;
}

}  // namespace qrgate
