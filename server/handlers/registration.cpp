// Registration: what was typed, a code to the phone that was typed, then the account. Whether a number is
// taken is told to nobody but the phone on record: answers, statements and work are the same.
#include "protocol/body_reader.hpp"
#include "protocol/messages.hpp"
#include "protocol/own_data.hpp"
#include "protocol/person_name.hpp"
#include "protocol/phone_number.hpp"
#include "protocol/random.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha_check.hpp"
#include "server/clock.hpp"
#include "server/code_start.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/log.hpp"
#include "server/password_check.hpp"
#include "server/password_hasher.hpp"
#include "server/proofing/real_name_check.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_watch.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Start read_applicant(BodyReader& body, Language language) {
    const bool zh = language == Language::zh;
    Start start;
    start.purpose = CodePurpose::registration;
    read_identity(body, false, language, start.kind, start.identity_number);
    start.name = normal_person_name(body.text("name", 512));
    if (body.ok() && !is_person_name(start.kind, start.name))
        body.fault("name",
                   start.kind == PersonKind::personal
                       ? (zh ? "请填写与身份证一致的姓名，2 至 30 个字。"
                             : "Please give your name as on the identity card, 2 to 30 characters.")
                       : (zh ? "请填写与营业执照一致的企业名称，2 至 100 个字。"
                             : "Please give the company's name as on its licence, 2 to 100 characters."));
    start.phone = normal_phone_number(body.text("phone"));
    if (body.ok() && !is_phone_number(start.phone))
        body.fault("phone", zh ? "请填写 11 位手机号码。" : "Please give a mobile number of 11 digits.");
    return start;
}

Task<Result<SentCode>> send_code_or_hint(Services& services, const Start& start, Digest holder, Trace trace) {
    auto known = co_await services.storage.find_person(start.kind, start.identity_number);
    if (!known) co_return known.error();
    const bool taken = known->has_value();
    const std::string on_record = taken ? (*known)->phone : std::string();
    auto may_hint =
        co_await may_text(services, on_record.empty() ? "free:" + start.identity_number : on_record);
    if (!may_hint) co_return may_hint.error();
    CodeOrder order;
    order.purpose = CodePurpose::registration;
    order.holder_hash = holder;
    if (!taken) order.to = start.phone;
    order.patience = start.patience;
    auto sent = co_await order_code_quietly(services, std::move(order), std::move(trace));
    if (sent && taken && !on_record.empty() && *may_hint)
        co_await send_quietly(services, notice_text(SmsNotice::already_registered, on_record));
    co_return sent;
}

Task<Outcome> begin(Services& services, const Request& request, Start start, CaptchaAnswer captcha,
                    Digest pre_session) {
    auto refusal =
        co_await guard_text(services, start.phone, std::move(captcha), pre_session, request.address);
    if (refusal) co_return *refusal;
    auto sent = co_await send_code_or_hint(services, start, holder_of(start, pre_session), trace_of(request));
    if (!sent) co_return with_fresh_captcha(services, sent.error(), pre_session);
    boost::json::object body;
    body["registration"] = seal_start(services, start, pre_session);
    body["expires_in"] = sent->life.count();
    co_return json_response(202, body);
}

Task<Outcome> register_start(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Start start = read_applicant(body, language_of(request));
    start.patience = patience_for(services.config, request);
    CaptchaAnswer captcha = read_captcha_answer(body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;

    PreSession pre_session = pre_session_or_new(services, request);
    Outcome outcome =
        co_await begin(services, request, std::move(start), std::move(captcha), pre_session.hash);
    if (!outcome && pre_session.fresh) {
        Refusal refusal = outcome.error();
        refusal.headers.emplace_back("Set-Cookie", pre_session_cookie(request, pre_session));
        co_return refusal;
    }
    if (pre_session.fresh) outcome->set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return outcome;
}

// Level 2 for whom the provider confirms. The account is there already: a provider that is away costs the
// level only, and it is asked about nobody whose phone was not proven.
Task<int> level_by_name(Services& services, const Start& start, std::string person_id, Trace trace) {
    const RealNameCheck& check = real_name_check(services.config);
    auto right = co_await check.belong_together(start.kind, start.identity_number, start.name);
    if (!right) services.log.warn("real_name_check_failed", {{"code", info(right.error()).code}});
    if (!right || !*right) co_return 1;
    auto raised = co_await services.storage.set_person_level(
        person_id, 2, "real-name:" + std::string(check.name()), services.clock.now(), std::move(trace));
    sessions_changed(services, person_id);
    co_return raised ? 2 : 1;
}

Task<Outcome> make_account(Services& services, const Request& request, Start start, CodeProof proof,
                           std::string password) {
    // A place in the line before a try is counted: none is lost to `busy`.
    if (services.passwords.is_full()) co_return Errc::busy;
    std::optional<PasswordHasher::Place> place(std::in_place, services.passwords);
    BudgetRequest budgets(services);
    budgets.of(Budget::code_of_person, "registration:" + start.phone)
        .of_address(Budget::password_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    place.reset();
    auto hash = co_await services.passwords.hash(std::move(password));
    if (!hash) co_return hash.error();

    NewPerson person;
    person.id = base64url(services.random.bytes<16>());
    person.kind = start.kind;
    person.identity_number = start.identity_number;
    person.name = start.name;
    person.phone = start.phone;
    person.level = 1;
    person.level_evidence = "registration";
    person.password_hash = std::move(*hash);
    auto made = co_await services.storage.register_person(std::move(person), proof, services.clock.now(),
                                                          trace_of(request));
    // A number that was taken meanwhile is nobody's business outside.
    if (!made) co_return made.error() == Errc::conflict ? Errc::code_wrong : made.error();
    const int level = co_await level_by_name(services, start, *made, trace_of(request));
    boost::json::object body;
    body["person"] = person_body(*made, start.kind, start.name, level);
    co_return json_response(201, body);
}

Task<Outcome> register_finish(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    const std::string sealed = body.text("registration", 4096);
    const std::string code = read_code(body, "code", language);
    std::string password = body.text("password", 4096);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;

    const auto pre_session = pre_session_of(services, request);
    std::optional<Start> start;
    if (pre_session) start = open_start(services, CodePurpose::registration, sealed, pre_session->hash);
    if (auto weak = weak_password(services.config.password_policy, "password", password,
                                  start ? start->identity_number : "", start ? start->phone : "", language))
        co_return *weak;
    if (!start) co_return Errc::code_wrong;
    const CodeProof proof =
        code_proof(services, CodePurpose::registration, holder_of(*start, pre_session->hash), code);
    co_return co_await make_account(services, request, std::move(*start), proof, std::move(password));
}

}  // namespace

void add_registration_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/register/start", answered(services, register_start));
    router.add(Method::post, "/api/v1/register/finish", answered(services, register_finish),
               refused_while_full(services));
}

}  // namespace qrgate
