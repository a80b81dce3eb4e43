#include "server/desk_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "protocol/phone_number.hpp"
#include "protocol/random.hpp"
#include "server/named_person.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int usage_error = 2;
constexpr int cases_listed = 100;
constexpr std::size_t longest_operator = 64;
constexpr std::size_t longest_evidence = 500;

Trace desk_trace() {
    return {"operator", fmt::format("uid:{}", ::getuid())};
}

int fail(Errc errc) {
    fmt::print(stderr, "qrgate: {}: {}\n", info(errc).code, info(errc).en);
    return 1;
}

int missing(std::string_view what) {
    fmt::print(stderr, "qrgate: {}\n", what);
    return usage_error;
}

// Two names that differ only by capitals are one operator.
std::string operator_name(std::string_view given) {
    std::string name(given);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const bool plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
               c == '@';
    });
    return plain && name.size() <= longest_operator ? name : "";
}

std::string wish_of(const DeskCase& it) {
    switch (it.action) {
        case DeskAction::level:
            return fmt::format("level {}", it.level);
        case DeskAction::phone:
            return fmt::format("phone {}", masked_phone(it.phone));
        case DeskAction::certificate:
            return "one certificate";
    }
    return {};
}

void say(const DeskCase& it) {
    fmt::print("{}  {:<8}  {}  {}  for {}, opened by {}\n", it.id, name_of(it.state),
               format_time(it.opened_at), wish_of(it), it.person_id, it.opened_by);
}

Task<int> list(Storage& storage) {
    auto cases = co_await storage.list_desk_cases(DeskState::open, cases_listed);
    if (!cases) co_return fail(cases.error());
    if (cases->empty()) fmt::print("no open cases\n");
    for (const DeskCase& it : *cases)
        say(it);
    co_return 0;
}

Task<int> show(Storage& storage, std::string id) {
    auto found = co_await storage.find_desk_case(id);
    if (!found) co_return fail(found.error());
    if (!*found) co_return fail(Errc::not_found);
    const DeskCase& it = **found;
    auto person = co_await storage.find_person_by_id(it.person_id);
    if (!person) co_return fail(person.error());
    if (!*person) co_return fail(Errc::not_found);
    fmt::print("case       {}\nstate      {}\nasks for   {}\n", it.id, name_of(it.state), wish_of(it));
    fmt::print("person     {} {} {}, level {}\n", it.person_id, masked_name((*person)->kind, (*person)->name),
               masked_number((*person)->identity_number), (*person)->level);
    fmt::print("evidence   {}\nopened     {} by {}\n", it.evidence, format_time(it.opened_at), it.opened_by);
    if (it.decided_at) fmt::print("decided    {} by {}\n", format_time(*it.decided_at), it.decided_by);
    co_return 0;
}

// A fault in one line; empty when the wish can be written down.
std::string read_wish(const DeskCommand& command, const Person& person, DeskCase& it) {
    const std::string& verb = command.words[1];
    if (verb == "certificate") {
        it.action = DeskAction::certificate;
        return person.level < certificate_level ? "a certificate needs level 3: raise the level first" : "";
    }
    if (verb == "phone") {
        it.action = DeskAction::phone;
        it.phone = command.words[3];
        return is_phone_number(it.phone) ? "" : "NEWPHONE is 11 digits of a mobile phone";
    }
    it.action = DeskAction::level;
    if (command.level != "2" && command.level != "3") return "--level is 2 or 3";
    it.level = command.level[0] - '0';
    return it.level <= person.level ? fmt::format("the person has level {} already", person.level) : "";
}

Task<int> open(Storage& storage, Random& random, DeskCommand command) {
    if (command.evidence.empty() || command.evidence.size() > longest_evidence ||
        !is_clean_utf8(command.evidence))
        co_return missing("--evidence: what was seen, in at most 500 octets (no numbers, no names)");
    auto person = co_await find_named_person(storage, command.words[2]);
    if (!person) co_return fail(person.error());
    DeskCase it;
    if (std::string fault = read_wish(command, *person, it); !fault.empty()) co_return missing(fault);
    it.id = hex(random.bytes<5>());
    it.person_id = person->id;
    it.evidence = command.evidence;
    it.opened_by = command.by;
    it.opened_at = command.now;
    auto opened = co_await storage.open_desk_case(it, desk_trace());
    if (!opened) co_return fail(opened.error());
    fmt::print("case {} is open: {} for {}\n", *opened, wish_of(it), it.person_id);
    fmt::print("another operator decides: qrgate desk approve {} --operator NAME\n", *opened);
    co_return 0;
}

Task<int> decide(Storage& storage, DeskCommand command) {
    const bool approve = command.words[1] == "approve";
    auto found = co_await storage.find_desk_case(command.words[2]);
    if (!found) co_return fail(found.error());
    if (!*found) co_return fail(Errc::not_found);
    DeskDecision decision{.case_id = (*found)->id, .approve = approve, .by = command.by, .at = command.now};
    if (command.level_life.count() > 0 && (*found)->level == certificate_level)
        decision.level_ends_at = command.now + command.level_life;
    auto decided = co_await storage.decide_desk_case(std::move(decision), desk_trace());
    if (decided) {
        fmt::print("case {} is {}: {} for {}\n", decided->id, name_of(decided->state), wish_of(*decided),
                   decided->person_id);
        co_return 0;
    }
    if (decided.error() != Errc::conflict) co_return fail(decided.error());
    if ((*found)->state != DeskState::open)
        fmt::print(stderr, "qrgate: case {} is {} already\n", (*found)->id, name_of((*found)->state));
    else
        fmt::print(stderr, "qrgate: {} opened this case: another operator must decide it\n", command.by);
    co_return 1;
}

}  // namespace

bool is_desk_command(const std::vector<std::string>& words) {
    if (words.size() < 2 || words[0] != "desk") return false;
    const std::string& verb = words[1];
    if (verb == "list") return words.size() == 2;
    if (verb == "phone") return words.size() == 4;
    return words.size() == 3 && (verb == "raise" || verb == "certificate" || verb == "show" ||
                                 verb == "approve" || verb == "refuse");
}

Task<int> run_desk_command(Storage& storage, Random& random, DeskCommand command) {
    const std::string verb = command.words[1];
    if (verb == "list") co_return co_await list(storage);
    if (verb == "show") co_return co_await show(storage, command.words[2]);
    command.by = operator_name(command.by);
    if (command.by.empty()) co_return missing("--operator: your own name, of letters, digits and . - _ @");
    if (verb == "approve" || verb == "refuse") co_return co_await decide(storage, std::move(command));
    co_return co_await open(storage, random, std::move(command));
}

std::string desk_commands_help() {
    return "  qrgate desk raise PERSON --level 2|3 --evidence TEXT --operator NAME\n"
           "  qrgate desk phone PERSON NEWPHONE --evidence TEXT --operator NAME\n"
           "  qrgate desk certificate PERSON --evidence TEXT --operator NAME\n"
           "  qrgate desk list | show CASE        open cases; one with its evidence\n"
           "  qrgate desk approve CASE --operator OTHER | refuse CASE --operator OTHER\n";
}

}  // namespace qrgate
