#include "server/operator_commands.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "server/named_person.hpp"
#include "server/people_import.hpp"
#include "server/random.hpp"
#include "server/receipt.hpp"
#include "server/why.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int audit_rows_shown = 10;

Trace operator_trace() {
    return {"operator", "command"};
}

void say(const std::string& line) {
    fmt::print("{}\n", line);
}

int fail(Errc errc) {
    fmt::print(stderr, "qrgate: {}: {}\n", info(errc).code, info(errc).en);
    return 1;
}

Task<int> show(Storage& storage, Person person, WallTime now) {
    say(fmt::format("id         {}", person.id));
    say(fmt::format("kind       {}", name_of(person.kind)));
    say(fmt::format("name       {}", masked_name(person.kind, person.name)));
    say(fmt::format("number     {}", masked_number(person.identity_number)));
    say(fmt::format("phone      {}", person.phone.empty() ? "none" : masked_phone(person.phone)));
    say(fmt::format("level      {}", person.level));
    say(fmt::format("state      {}", name_of(person.state)));
    auto certificates = co_await storage.list_certificates(person.id);
    if (!certificates) co_return fail(certificates.error());
    for (const Certificate& row : *certificates) {
        say(fmt::format("certificate {} {} until {}", row.serial, name_of(row.state),
                        format_time(row.not_after)));
    }
    for (SessionKind kind : {SessionKind::browser, SessionKind::phone}) {
        auto sessions = co_await storage.list_sessions(person.id, kind, now);
        if (!sessions) co_return fail(sessions.error());
        for (const Session& row : *sessions) {
            say(fmt::format("session    {} {} {} since {}", row.id, name_of(kind), name_of(row.method),
                            format_time(row.opened_at)));
        }
    }
    auto audit = co_await storage.list_audit(person.id, audit_rows_shown);
    if (!audit) co_return fail(audit.error());
    for (const AuditRow& row : *audit) {
        say(fmt::format("audit      {} {} {} {} {}", format_time(row.event.at), row.event.event,
                        row.event.outcome, row.trace.address, row.event.subject));
    }
    co_return 0;
}

Task<int> set_state(Storage& storage, Person person, PersonState state, WallTime now) {
    auto done = co_await storage.set_person_state(person.id, state, now, operator_trace());
    if (!done) co_return fail(done.error());
    say(fmt::format("{} is {}", person.id, name_of(state)));
    co_return 0;
}

Task<int> set_level(Storage& storage, Person person, int level, std::string evidence, WallTime now) {
    auto done =
        co_await storage.set_person_level(person.id, level, "operator:" + evidence, now, operator_trace());
    if (!done) co_return fail(done.error());
    say(fmt::format("{} has level {}", person.id, level));
    co_return 0;
}

Task<int> person_command(Storage& storage, std::vector<std::string> words, WallTime now) {
    const std::string& verb = words[1];
    auto person = co_await find_named_person(storage, words[2]);
    if (!person) co_return fail(person.error());
    if (verb == "level") {
        co_return co_await set_level(storage, std::move(*person), words[3][0] - '0', words[4], now);
    }
    if (verb == "show") co_return co_await show(storage, std::move(*person), now);
    PersonState state = verb == "lock" ? PersonState::locked : PersonState::active;
    co_return co_await set_state(storage, std::move(*person), state, now);
}

Task<int> certificate_command(Storage& storage, std::vector<std::string> words, WallTime now) {
    auto done =
        co_await storage.revoke_certificate(words[2], std::nullopt, "operator", now, operator_trace());
    if (!done) co_return fail(done.error());
    say(fmt::format("certificate {} is revoked", words[2]));
    co_return 0;
}

Task<int> session_command(Storage& storage, std::vector<std::string> words, WallTime now) {
    auto done = co_await storage.end_session_by_operator(words[2], now, operator_trace());
    if (!done) co_return fail(done.error());
    if (!*done) co_return fail(Errc::not_found);
    say(fmt::format("session {} is ended", words[2]));
    co_return 0;
}

int write_out(const std::string& text, const std::string& file) {
    if (file.empty()) {
        std::fputs(text.c_str(), stdout);
        return 0;
    }
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (out) return 0;
    fmt::print(stderr, "qrgate: {} cannot be written\n", file);
    return 1;
}

// By ticket token: that receipt. By person: all of theirs, one JSON a line, newest last.
Task<int> receipt_command(Storage& storage, std::vector<std::string> words, std::string output) {
    std::vector<Receipt> receipts;
    auto one = co_await storage.find_receipt(sha256(as_bytes(words[2])));
    if (!one) co_return fail(one.error());
    if (*one) {
        receipts.push_back(std::move(**one));
    } else {
        auto person = co_await find_named_person(storage, words[2]);
        if (!person) co_return fail(person.error());
        auto all = co_await storage.list_receipts(person->id);
        if (!all) co_return fail(all.error());
        receipts = std::move(*all);
    }
    if (receipts.empty()) co_return fail(Errc::not_found);
    std::string text;
    for (const Receipt& receipt : receipts)
        text += write_receipt(receipt);
    co_return write_out(text, output);
}

}  // namespace

bool is_operator_command(const std::vector<std::string>& words) {
    if (words.size() == 2) return words[0] == "why";
    if (words.size() < 3) return false;
    const std::string& area = words[0];
    const std::string& verb = words[1];
    if (area == "person" && verb == "level") {
        return words.size() == 5 && (words[3] == "1" || words[3] == "2" || words[3] == "3");
    }
    if (words.size() != 3) return false;
    return (area == "person" && (verb == "show" || verb == "lock" || verb == "unlock")) ||
           (area == "people" && verb == "import") || (area == "certificate" && verb == "revoke") ||
           (area == "session" && verb == "end") || (area == "receipt" && verb == "export");
}

Task<int> run_operator_command(Storage& storage, OperatorCommand command) {
    const std::string area = command.words.front();
    if (area == "people") {
        SystemRandom random;
        PeopleImport import{.file = command.words[2],
                            .format = command.format,
                            .dry_run = command.dry_run,
                            .strict = command.strict,
                            .now = command.now};
        co_return co_await import_people_file(storage, random, std::move(import));
    }
    if (area == "why") {
        auto person = co_await find_named_person(storage, command.words[1]);
        if (!person) co_return fail(person.error());
        co_return co_await tell_why(storage, std::move(*person), command.now, command.password_max_age);
    }
    if (area == "person") co_return co_await person_command(storage, command.words, command.now);
    if (area == "certificate") co_return co_await certificate_command(storage, command.words, command.now);
    if (area == "session") co_return co_await session_command(storage, command.words, command.now);
    co_return co_await receipt_command(storage, command.words, command.output);
}

std::string operator_commands_help() {
    return "  qrgate person show PERSON           level, certificates, sessions, last decisions\n"
           "  qrgate person lock PERSON           ends sessions and open tickets\n"
           "  qrgate person unlock PERSON\n"
           "  qrgate person level PERSON 1|2|3 EVIDENCE\n"
           "  qrgate people import FILE [--format csv|jsonl] [--dry-run] [--strict]\n"
           "  qrgate why PERSON                   the last tries, their codes, and what helps\n"
           "  qrgate certificate revoke SERIAL\n"
           "  qrgate session end SESSION\n"
           "  qrgate receipt export PERSON|TOKEN [--output FILE]\n"
           "  qrgate receipt verify FILE [--ca ca.crt]\n"
           "PERSON is a person id, a citizen number or a credit code.\n";
}

}  // namespace qrgate
