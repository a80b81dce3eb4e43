// Another phone number for the account. At the PC: a code to the number on record and one to the new number.
// Who no longer has the old number changes it on the phone on which a proofing of them passed within 24 h, or
// at the desk. Both codes are bound to the session that asked and to the new number, so the number is named
// in both calls and kept nowhere between them.
#include "protocol/body_reader.hpp"
#include "protocol/phone_number.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/handlers/handlers.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_number = 40;

std::string read_number(BodyReader& body, Language language) {
    std::string number = normal_phone_number(body.text("phone", longest_number));
    if (body.ok() && !is_phone_number(number))
        body.fault("phone", language == Language::zh ? "请输入 11 位手机号码。"
                                                     : "Please enter a mobile number of 11 digits.");
    return number;
}

Digest holder_of(CodePurpose purpose, const Session& session, const std::string& number) {
    return sha256(as_bytes(std::string(name_of(purpose)) + ":" + session.id + ":" + number));
}

Task<Result<Person>> person_of(Services& services, std::string id) {
    auto found = co_await services.storage.find_person_by_id(std::move(id));
    if (!found) co_return found.error();
    if (!*found) co_return Errc::not_found;
    co_return std::move(**found);
}

Task<boost::system::result<SentCode, Refusal>> send_code(Services& services, CodePurpose purpose,
                                                         Session session, std::string number, std::string to,
                                                         Request request) {
    if (auto refusal = co_await spend_sms_budgets(services, to, request.address)) co_return *refusal;
    CodeOrder order;
    order.purpose = purpose;
    order.holder_hash = holder_of(purpose, session, number);
    order.person_id = session.person_id;
    order.to = std::move(to);
    order.patience = patience_for(services.config, request);
    auto sent = co_await order_code(services, std::move(order), trace_of(request));
    if (!sent) co_return Refusal(sent.error());
    co_return *sent;
}

Problem same_number(Language language) {
    return Problem(Errc::bad_request,
                   {{"phone", language == Language::zh ? "这就是现在绑定的手机号。"
                                                       : "This is the number you already have."}});
}

// `codes`: the old number's and the new one's, or the new one's alone where `evidence` is a proofing.
Task<Outcome> replace(Services& services, Request request, Person person, std::string number,
                      std::vector<CodeProof> codes, std::string evidence) {
    auto changed =
        co_await services.storage.change_phone(person.id, person.phone, number, std::move(codes),
                                               std::move(evidence), services.clock.now(), trace_of(request));
    if (!changed) co_return changed.error();
    if (!person.phone.empty())
        co_await send_quietly(services, notice_text(SmsNotice::phone_changed, person.phone));
    auto sharing = co_await services.storage.find_people_by_phone(person.kind, number);
    if (!sharing) co_return sharing.error();
    co_return json_response(200, {{"phone", masked_phone(number)}, {"phone_shared", sharing->size() > 1}});
}

Task<Outcome> start(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    std::string number = read_number(body, language);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    std::string cookies(request.header("cookie"));
    auto session = co_await browser_session(services, std::move(cookies), request.secure);
    if (!session) co_return session.error();
    auto person = co_await person_of(services, session->person_id);
    if (!person) co_return person.error();
    if (person->phone.empty()) co_return Errc::proofing_needed;
    if (person->phone == number) co_return same_number(language);

    auto sent =
        co_await send_code(services, CodePurpose::phone_old, *session, number, person->phone, request);
    if (!sent) co_return sent.error();
    sent = co_await send_code(services, CodePurpose::phone_new, *session, number, number, request);
    if (!sent) co_return sent.error();
    co_return json_response(202,
                            {{"old_phone", masked_phone(person->phone)}, {"expires_in", sent->life.count()}});
}

Task<Outcome> finish(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    std::string number = read_number(body, language);
    std::string old_code = read_code(body, "old_code", language);
    std::string new_code = read_code(body, "new_code", language);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    std::string cookies(request.header("cookie"));
    auto session = co_await browser_session(services, std::move(cookies), request.secure);
    if (!session) co_return session.error();
    BudgetRequest budgets(services);
    budgets.of(Budget::code_of_person, session->person_id);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    auto person = co_await person_of(services, session->person_id);
    if (!person) co_return person.error();
    std::vector<CodeProof> codes;
    for (auto& [purpose, typed] :
         {std::pair{CodePurpose::phone_old, old_code}, std::pair{CodePurpose::phone_new, new_code}})
        codes.push_back(code_proof(services, purpose, holder_of(purpose, *session, number), typed));
    co_return co_await replace(services, std::move(request), std::move(*person), std::move(number),
                               std::move(codes), "old_phone");
}

// "proofing:ID" of this phone. An approval of the desk for a certificate vouches for no number.
Task<Result<std::string>> permit_of(Services& services, Session phone) {
    if (!phone.device_hash) co_return Errc::proofing_needed;
    auto permit = co_await services.storage.certificate_permit(phone.person_id, *phone.device_hash,
                                                               services.clock.now());
    if (!permit) co_return permit.error();
    if (!*permit || !(*permit)->starts_with("proofing:")) co_return Errc::proofing_needed;
    co_return **permit;
}

Task<Outcome> start_by_proofing(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    std::string number = read_number(body, language);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto permit = co_await permit_of(services, *phone);
    if (!permit) co_return permit.error();
    auto person = co_await person_of(services, phone->person_id);
    if (!person) co_return person.error();
    if (person->phone == number) co_return same_number(language);
    auto sent = co_await send_code(services, CodePurpose::phone_new, *phone, number, number, request);
    if (!sent) co_return sent.error();
    co_return json_response(202, {{"expires_in", sent->life.count()}});
}

Task<Outcome> finish_by_proofing(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    std::string number = read_number(body, language);
    std::string new_code = read_code(body, "new_code", language);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    BudgetRequest budgets(services);
    budgets.of(Budget::code_of_person, phone->person_id);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    auto permit = co_await permit_of(services, *phone);
    if (!permit) co_return permit.error();
    auto person = co_await person_of(services, phone->person_id);
    if (!person) co_return person.error();
    Digest holder = holder_of(CodePurpose::phone_new, *phone, number);
    std::vector<CodeProof> codes{code_proof(services, CodePurpose::phone_new, holder, new_code)};
    co_return co_await replace(services, std::move(request), std::move(*person), std::move(number),
                               std::move(codes), *permit);
}

}  // namespace

void add_phone_change_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/phone-number/start", answered(services, start));
    router.add(Method::post, "/api/v1/phone-number/finish", answered(services, finish));
    router.add(Method::post, "/api/v1/phone/phone-number/start", answered(services, start_by_proofing));
    router.add(Method::post, "/api/v1/phone/phone-number/finish", answered(services, finish_by_proofing));
}

}  // namespace qrgate
