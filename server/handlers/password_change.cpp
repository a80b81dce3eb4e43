// A new password by somebody who is logged in and knows the old one. It ends every other login, phones too;
// this one goes on under a new cookie value (ASVS 5.0 7.2.4: proving the password again is a new
// authentication).
#include "protocol/body_reader.hpp"
#include "protocol/cookie.hpp"
#include "protocol/password_policy.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/password_check.hpp"
#include "server/password_hasher.hpp"
#include "server/random.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_watch.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_password = 1024;

std::optional<Problem> weakness(const Services& services, const std::string& old_password,
                                const std::string& new_password, Language language) {
    if (auto weak =
            weak_password(services.config.password_policy, "new_password", new_password, "", "", language))
        return weak;
    if (new_password != old_password) return std::nullopt;
    return same_password(language);
}

Task<Problem> old_one_wrong(Services& services, std::string person_id, Language language, Trace trace) {
    AuditEvent event;
    event.event = "password_change_refused";
    event.outcome = info(Errc::credentials_wrong).code;
    event.person_id = std::move(person_id);
    event.at = services.clock.now();
    auto recorded = co_await services.storage.record(std::move(event), std::move(trace));
    if (!recorded) co_return Problem(recorded.error());
    co_return Problem(Errc::credentials_wrong,
                      {{"old_password", language == Language::zh ? "原密码不正确，请重新输入。"
                                                                 : "The old password is not right."}});
}

Task<Outcome> replace(Services& services, Request request, Session session, Person person,
                      std::string new_password) {
    auto hash = co_await services.passwords.hash(std::move(new_password));
    if (!hash) co_return hash.error();
    auto secret = services.random.bytes<32>();
    std::string value = base64url(secret);
    KeptSession keep;
    keep.id = session.id;
    keep.token_hash = sha256(as_bytes(value));
    auto changed = co_await services.storage.change_password(person.id, person.password_hash, *hash, keep,
                                                             services.clock.now(), trace_of(request));
    sessions_changed(services, person.id);
    if (!changed) co_return changed.error();
    if (!person.phone.empty())
        co_await send_quietly(services, notice_text(SmsNotice::password_changed, person.phone));
    Response response = no_content();
    response.set("Set-Cookie", set_cookie(CookieName::session, value, request.secure));
    co_return response;
}

Task<Outcome> change(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    std::string old_password = body.text("old_password", longest_password);
    std::string new_password = body.text("new_password", longest_password);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    std::string cookies(request.header("cookie"));
    auto session = co_await browser_session(services, std::move(cookies), request.secure);
    if (!session) co_return session.error();
    if (auto weak = weakness(services, old_password, new_password, language)) co_return *weak;
    // Both hashes have their places from here on: nobody whose old password was found right is told `busy`.
    if (services.passwords.is_full()) co_return Errc::busy;
    std::optional<PasswordHasher::Place> to_check(std::in_place, services.passwords);
    if (services.passwords.is_full()) co_return Errc::busy;
    std::optional<PasswordHasher::Place> to_hash(std::in_place, services.passwords);
    // A budget of its own: strangers' tries at the login cannot use it up, and this gives a stolen session no
    // more guesses than a login has.
    BudgetRequest budgets(services);
    budgets.of(Budget::password_of_device, "change:" + session->person_id)
        .of_address(Budget::password_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;

    auto found = co_await services.storage.find_person_by_id(session->person_id);
    if (!found) co_return found.error();
    if (!*found) co_return Errc::session_missing;
    Person person = std::move(**found);
    to_check.reset();
    auto right = co_await services.passwords.check(person.password_hash, std::move(old_password));
    if (!right) co_return right.error();
    if (!*right) co_return co_await old_one_wrong(services, person.id, language, trace_of(request));
    if (auto own = weak_password(services.config.password_policy, "new_password", new_password,
                                 person.identity_number, person.phone, language))
        co_return *own;
    co_await budgets.forget();
    to_hash.reset();
    co_return co_await replace(services, std::move(request), std::move(*session), std::move(person),
                               std::move(new_password));
}

}  // namespace

void add_password_change_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/password", answered(services, change), refused_while_full(services));
}

}  // namespace qrgate
