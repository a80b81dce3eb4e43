// The contract of storage/storage.hpp as tests: contract_*_test.cpp say what every implementation does;
// memory_contract_test.cpp and pg_contract_test.cpp say which ones are held to it.
// A backend gives doors to one and the same store; the doors of PostgreSQL are connections of their own, so
// that `together` really runs statements side by side.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

class Backend {
public:
    virtual ~Backend() = default;
    virtual asio::io_context& io() = 0;
    virtual Storage& door(std::size_t number) = 0;
};
using MakeBackend = std::function<std::unique_ptr<Backend>()>;

struct NamedBackend {
    std::string name;
    MakeBackend make;
};
inline void PrintTo(const NamedBackend& backend, std::ostream* out) {
    *out << backend.name;
}

inline const WallTime t0 = *parse_time("2026-11-22T08:00:00Z");
inline constexpr std::chrono::microseconds moment{1};
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline Digest digest(std::string_view text) {
    return sha256(as_bytes(text));
}

inline NewPerson lin() {
    return {.id = "person-lin",
            .identity_number = "110101190001010014",
            .name = "林一",
            .phone = "13900000001",
            .level = 3,
            .level_evidence = "demo",
            .password_hash = "hash-lin"};
}
inline NewPerson zhao() {
    return {.id = "person-zhao",
            .identity_number = "110101190001010030",
            .name = "赵二",
            .phone = "13900000003",
            .level = 3,
            .level_evidence = "demo",
            .password_hash = "hash-zhao"};
}

inline NewSession browser_session(const std::string& id, WallTime at) {
    return {.id = id,
            .token_hash = digest(id),
            .kind = SessionKind::browser,
            .method = LoginMethod::password,
            .aal = 1,
            .opened_at = at,
            .idle = minutes(30),
            .expires_at = at + hours(12),
            .present_within = seconds(60),
            .address = "192.0.2.1",
            .browser = "Firefox on Linux",
            .place = "somewhere"};
}

inline NewScan scan_of(const std::string& token, const std::string& pre_session, const std::string& person,
                       WallTime at = t0) {
    return {.token = token,
            .token_hash = digest(token),
            .pre_session_hash = digest(pre_session),
            .person_id = person,
            .phone_session_id = "phone-of-" + person,
            .nonce = "nonce-of-" + token,
            .browser = {.family = "Firefox",
                        .os = "Linux",
                        .address = "192.0.2.1",
                        .place = "here",
                        .started_at = t0},
            .origin = "https://login.example",
            .scanned_at = at,
            .expires_at = at + minutes(5)};
}

inline Confirmation confirmation_of(const Ticket& ticket, WallTime at = t0 + seconds(10)) {
    return {.token_hash = ticket.token_hash,
            .person_id = ticket.person_id,
            .phone_session_id = ticket.phone_session_id,
            .certificate = ticket.certificate,
            .nonce = ticket.nonce,
            .text = "what was signed\n",
            .signature = {0x30, 0x00, 0x01},
            .chain = {0x30, 0x82},
            .at = at,
            .redeem_until = at + seconds(60)};
}

inline Redemption redemption_of(const std::string& pre_session, const std::string& session,
                                WallTime at = t0 + seconds(20)) {
    NewSession fresh = browser_session(session, at);
    fresh.method = LoginMethod::qr;
    fresh.aal = 2;
    return {.pre_session_hash = digest(pre_session), .session = fresh, .at = at};
}

class StorageContract : public ::testing::TestWithParam<NamedBackend> {
protected:
    StorageContract() : backend_(GetParam().make()) {}

    Storage& storage() { return backend_->door(0); }
    Storage& door(std::size_t number) { return backend_->door(number); }

    template <class T>
    std::vector<Result<T>> together(std::vector<Task<Result<T>>> operations) {
        // Shared with the handlers: a test that gives up leaves operations behind.
        struct Race {
            std::vector<std::optional<Result<T>>> answers;
            std::exception_ptr thrown;
            std::size_t left;
        };
        auto race = std::make_shared<Race>();
        race->answers.resize(operations.size());
        race->left = operations.size();
        for (std::size_t i = 0; i < operations.size(); ++i)
            asio::co_spawn(backend_->io(), std::move(operations[i]),
                           [race, i](std::exception_ptr thrown, Result<T> answer) {
                               --race->left;
                               if (thrown) race->thrown = thrown;
                               race->answers[i] = std::move(answer);
                           });
        const auto end = std::chrono::steady_clock::now() + seconds(60);
        while (race->left > 0) {
            if (std::chrono::steady_clock::now() > end) throw std::runtime_error("storage did not answer");
            backend_->io().restart();
            backend_->io().run_one_for(std::chrono::milliseconds(50));
        }
        if (race->thrown) std::rethrow_exception(race->thrown);
        std::vector<Result<T>> out;
        for (auto& answer : race->answers)
            out.push_back(std::move(*answer));
        return out;
    }
    template <class T>
    Result<T> run(Task<Result<T>> operation) {
        std::vector<Task<Result<T>>> one;
        one.push_back(std::move(operation));
        return std::move(together<T>(std::move(one)).front());
    }
    // Runs what must succeed.
    template <class T>
    T good(Task<Result<T>> operation) {
        auto answer = run(std::move(operation));
        if (!answer) throw std::runtime_error("refused: " + std::string(info(answer.error()).code));
        if constexpr (!std::is_void_v<T>) return std::move(*answer);
    }
    template <class T>
    Errc refused(Task<Result<T>> operation) {
        auto answer = run(std::move(operation));
        if (answer) throw std::runtime_error("was not refused");
        return answer.error();
    }

    std::string put(const NewPerson& person) { return good(storage().put_person(person, t0)); }
    // lin's level, lowered by another way than ours (an import): nothing is ended with it.
    void put_at_level_two() {
        auto person = lin();
        person.level = 2;
        put(person);
    }
    // A code in the hand of `holder`, right when `code`.
    void put_code(const std::string& holder, const std::string& person, WallTime at = t0) {
        good(storage().put_code({.purpose = CodePurpose::certificate,
                                 .holder_hash = digest(holder),
                                 .person_id = person,
                                 .code_hash = digest("code"),
                                 .challenge = "challenge-" + holder,
                                 .sent_at = at,
                                 .expires_at = at + minutes(5)},
                                trace_));
    }
    NewCertificate new_certificate(const std::string& serial, const std::string& person, WallTime at = t0) {
        Bytes key(65, 7);
        key[0] = 4;
        return {.certificate = {.serial = serial,
                                .person_id = person,
                                .algorithm = KeyAlgorithm::sm2,
                                .public_key = key,
                                .der = {0x30, 0x01, 0x02},
                                .not_before = at,
                                .not_after = at + hours(24 * 365),
                                .device_hash = digest("device"),
                                .issued_at = at},
                .unlock_verifier_hash = digest("verifier"),
                .unlock_secret = Bytes(32, 9),
                .biometric = "simulated",
                .permit = "demo",
                .phone_session_id = "phone-of-" + person};
    }
    Result<Certificate> try_certificate(const NewCertificate& it, WallTime at = t0) {
        put_code(it.certificate.serial, it.certificate.person_id, at);
        return run(storage().add_certificate(it, digest(it.certificate.serial), at, trace_));
    }
    void certify(const std::string& serial, const std::string& person, WallTime at = t0) {
        if (!try_certificate(new_certificate(serial, person, at), at))
            throw std::runtime_error("no certificate");
    }
    // A person of level 3 with certificate "aa", and a ticket "T1" of browser "pre" that lin scanned at t0.
    std::string lin_with_certificate() {
        const auto id = put(lin());
        certify("aa", id);
        return id;
    }
    Ticket scanned() {
        return good(storage().scan_ticket(scan_of("T1", "pre", lin_with_certificate()), trace_));
    }
    Ticket confirmed() { return good(storage().confirm_ticket(confirmation_of(scanned()), trace_)); }

    std::vector<std::string> events(const std::string& person) {
        std::vector<std::string> out;
        for (const auto& row : good(storage().list_audit(person, 100)))
            out.insert(out.begin(), row.event.event + ":" + row.event.outcome);
        return out;
    }
    TicketState state_of(const std::string& token) {
        return good(storage().find_ticket(digest(token)))->life.state;
    }

    Trace trace_{.address = "198.51.100.7", .request_id = "r-1"};

private:
    std::unique_ptr<Backend> backend_;
};

// Tickets whose redeem needs the code that the phone was given.
class WithTypedCode : public StorageContract {
protected:
    Ticket confirmed_with_code() {
        auto it = confirmation_of(scanned());
        it.code_hash = digest("typed");
        return good(storage().confirm_ticket(it, trace_));
    }
    Redemption redemption(const std::string& code, const std::string& session = "s1") {
        auto it = redemption_of("pre", session);
        if (!code.empty()) it.code_hash = digest(code);
        return it;
    }
};

// People who have nothing but a code.
class Registration : public StorageContract {
protected:
    void put_code_for(CodePurpose purpose, const std::string& person, const std::string& holder = "h") {
        good(storage().put_code({.purpose = purpose,
                                 .holder_hash = digest(holder),
                                 .person_id = person,
                                 .code_hash = digest("code"),
                                 .challenge = {},
                                 .sent_at = t0,
                                 .expires_at = t0 + minutes(5)},
                                trace_));
    }
    static CodeProof proof(CodePurpose purpose, const std::string& code = "code",
                           const std::string& holder = "h") {
        return {.purpose = purpose, .holder_hash = digest(holder), .code_hash = digest(code)};
    }
    Result<std::string> try_register(const NewPerson& person, const std::string& code = "code",
                                     WallTime at = t0 + seconds(1)) {
        return run(storage().register_person(person, proof(CodePurpose::registration, code), at, trace_));
    }
    Result<std::string> try_reset(const std::string& code = "code", WallTime at = t0 + seconds(1)) {
        return run(storage().reset_password(proof(CodePurpose::reset, code), "new-hash", at, trace_));
    }
};

// What ends with a right.
class Rights : public StorageContract {
protected:
    bool lives(const std::string& value, WallTime at) {
        return good(storage().find_session(digest(value), SessionKind::browser, at)).has_value();
    }
    std::vector<std::string> cancelled_since(WallTime since, int limit = 10) {
        std::vector<std::string> tokens;
        for (const Ticket& ticket : good(storage().list_cancelled_tickets(since, limit)))
            tokens.push_back(ticket.token);
        return tokens;
    }
    // Logged in through ticket `token` of browser `pre` with the certificate, at t0 + 20 s.
    void log_in(const std::string& person, const std::string& token, const std::string& pre,
                const std::string& certificate, const std::string& session) {
        auto scan = scan_of(token, pre, person);
        scan.certificate = certificate;
        const Ticket ticket = good(storage().scan_ticket(scan, trace_));
        good(storage().confirm_ticket(confirmation_of(ticket), trace_));
        good(storage().redeem_ticket(redemption_of(pre, session), trace_));
    }
    const WallTime later = t0 + seconds(30);
};

// What people change about their own account.
class AccountContract : public StorageContract {
protected:
    std::string open(const std::string& person, const std::string& session, WallTime at = t0,
                     SessionKind kind = SessionKind::browser) {
        auto fresh = browser_session(session, at);
        fresh.kind = kind;
        good(storage().open_session(person, {}, fresh, trace_));
        good(storage().use_session(digest(session), kind, at));
        return session;
    }
    bool lives(const std::string& value, SessionKind kind = SessionKind::browser, WallTime at = t0) {
        return good(storage().find_session(digest(value), kind, at)).has_value();
    }
    KeptSession kept(const std::string& session, const std::string& value) {
        return {.id = session, .token_hash = digest(value)};
    }
    void put_phone_code(CodePurpose purpose, const std::string& person, const std::string& code = "code") {
        good(storage().put_code({.purpose = purpose,
                                 .holder_hash = digest("session"),
                                 .person_id = person,
                                 .code_hash = digest(code),
                                 .sent_at = t0,
                                 .expires_at = t0 + minutes(5)},
                                trace_));
    }
    std::vector<CodeProof> typed(const std::string& of_old, const std::string& of_new) {
        return {{CodePurpose::phone_old, digest("session"), digest(of_old)},
                {CodePurpose::phone_new, digest("session"), digest(of_new)}};
    }
    auto change_phone(const std::string& person, const std::string& old_phone, std::vector<CodeProof> codes,
                      std::size_t through = 0) {
        return door(through).change_phone(person, old_phone, "13900000088", std::move(codes), "old_phone", t0,
                                          trace_);
    }
    std::string phone_of(const std::string& person) {
        return good(storage().find_person_by_id(person))->phone;
    }
};

// The login by a code sent by text: one code in the hand of "holder".
class CodeLogin : public StorageContract {
protected:
    void send_code(const std::string& person, const std::string& code = "123456") {
        good(storage().put_code({.purpose = CodePurpose::login,
                                 .holder_hash = digest("holder"),
                                 .person_id = person,
                                 .code_hash = digest(code),
                                 .sent_at = t0,
                                 .expires_at = t0 + minutes(5)},
                                trace_));
    }
    static CodeProof typed(const std::string& code, CodePurpose purpose = CodePurpose::login) {
        return {.purpose = purpose, .holder_hash = digest("holder"), .code_hash = digest(code)};
    }
    static NewSession session(const std::string& id = "s1", WallTime at = t0 + seconds(10)) {
        NewSession it = browser_session(id, at);
        it.method = LoginMethod::sms;
        it.pre_session_hash = digest("pre");
        return it;
    }
    Errc refused_with(const std::string& code, WallTime at = t0 + seconds(10)) {
        return refused(storage().open_session_by_code(typed(code), session("s1", at), trace_));
    }
};

// Imports, and who they left behind.
class ImportContract : public StorageContract {
protected:
    ImportReport import(std::vector<NewPerson> batch, WallTime at = t0) {
        return good(storage().import_people(std::move(batch), at));
    }
    Person found(const NewPerson& person) {
        return *good(storage().find_person(person.kind, person.identity_number));
    }
};

template <class T>
int successes(const std::vector<Result<T>>& answers) {
    int count = 0;
    for (const auto& answer : answers)
        count += answer.has_value() ? 1 : 0;
    return count;
}

}  // namespace qrgate
