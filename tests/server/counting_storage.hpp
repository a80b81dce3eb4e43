// The memory storage that writes down which verbs of a login were called, in their order: whether two
// requests did the same work is compared by it. Of the verbs that only logged-in people reach, find_sessions
// alone is written down.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/memory_storage.hpp"

namespace qrgate::tests {

class CountingStorage final : public MemoryStorage {
public:
    std::vector<std::string> calls = {};
    bool is_away = false;  // find_sessions alone fails

    Answer<std::optional<Person>> find_person(PersonKind kind, std::string number) override {
        calls.emplace_back("find_person");
        return MemoryStorage::find_person(kind, std::move(number));
    }
    Answer<std::optional<Person>> find_person_by_id(std::string id) override {
        calls.emplace_back("find_person_by_id");
        return MemoryStorage::find_person_by_id(std::move(id));
    }
    Answer<std::vector<Person>> find_people_by_phone(PersonKind kind, std::string phone) override {
        calls.emplace_back("find_people_by_phone");
        return MemoryStorage::find_people_by_phone(kind, std::move(phone));
    }
    Answer<std::optional<BudgetRefusal>> spend(std::vector<Charge> charges, WallTime now) override {
        calls.emplace_back("spend of " + std::to_string(charges.size()));
        return MemoryStorage::spend(std::move(charges), now);
    }
    Answer<void> forget_budgets(std::vector<Digest> keys) override {
        calls.emplace_back("forget_budgets");
        return MemoryStorage::forget_budgets(std::move(keys));
    }
    Answer<void> record(AuditEvent event, Trace trace) override {
        calls.emplace_back("record " + event.event);
        return MemoryStorage::record(std::move(event), std::move(trace));
    }
    Answer<Session> open_session(std::string person_id, std::optional<std::string> password_hash,
                                 NewSession session, Trace trace) override {
        calls.emplace_back("open_session");
        return MemoryStorage::open_session(std::move(person_id), std::move(password_hash), std::move(session),
                                           std::move(trace));
    }
    Answer<Session> open_session_by_code(CodeProof code, NewSession session, Trace trace) override {
        calls.emplace_back("open_session_by_code");
        return MemoryStorage::open_session_by_code(code, std::move(session), std::move(trace));
    }
    Answer<void> put_code(NewCode code, Trace trace) override {
        calls.emplace_back("put_code");
        return MemoryStorage::put_code(std::move(code), std::move(trace));
    }
    Answer<std::string> check_code(CodePurpose purpose, Digest holder_hash, Digest code_hash,
                                   WallTime now) override {
        calls.emplace_back("check_code");
        return MemoryStorage::check_code(purpose, holder_hash, code_hash, now);
    }
    Answer<std::string> reset_password(CodeProof code, std::optional<std::string> new_hash, WallTime now,
                                       Trace trace) override {
        calls.emplace_back("reset_password");
        return MemoryStorage::reset_password(code, std::move(new_hash), now, std::move(trace));
    }
    Answer<std::string> register_person(NewPerson person, CodeProof code, WallTime now,
                                        Trace trace) override {
        calls.emplace_back("register_person");
        return MemoryStorage::register_person(std::move(person), code, now, std::move(trace));
    }
    Answer<std::vector<std::optional<Session>>> find_sessions(std::vector<Digest> token_hashes,
                                                              SessionKind kind, WallTime now) override {
        calls.emplace_back("find_sessions of " + std::to_string(token_hashes.size()));
        if (is_away) co_return Errc::database_unavailable;
        co_return co_await MemoryStorage::find_sessions(std::move(token_hashes), kind, now);
    }
};

}  // namespace qrgate::tests
