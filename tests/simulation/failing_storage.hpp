// A storage in front of another one that fails as it is told: before the verb is done, or after its commit,
// when the answer is lost (in_doubt, timed_out). It can also take its time, so that verbs of several requests
// meet. Owned by the test; one thread. A verb that is not in here does not compile: a new one in storage.hpp
// gets its line. Each verb's work begins only when it is awaited, so a refused one is not done at all.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate::tests {

enum class Fate : std::uint8_t {
    done,
    not_done,   // database_unavailable
    in_doubt,   // done, but nobody is told
    timed_out,  // the same, told otherwise
};

class FailingStorage final : public Storage {
public:
    void stand_before(Storage& inner) { inner_ = &inner; }

    // What becomes of the verb that is called now; none: it is done.
    std::function<Fate(std::string_view verb)> fate = {};
    // How many turns of the loop pass before the verb, and again after it; none: it is done at once.
    std::function<unsigned()> turns = {};
    std::uint64_t calls() const noexcept { return calls_; }
    std::uint64_t failures() const noexcept { return failures_; }

    Answer<void> ready() override { return pass("ready", inner_->ready()); }
    Answer<std::optional<Person>> find_person(PersonKind kind, std::string identity_number) override {
        return pass("find_person", inner_->find_person(kind, std::move(identity_number)));
    }
    Answer<std::optional<Person>> find_person_by_id(std::string id) override {
        return pass("find_person_by_id", inner_->find_person_by_id(std::move(id)));
    }
    Answer<std::vector<Person>> find_people_by_phone(PersonKind kind, std::string phone) override {
        return pass("find_people_by_phone", inner_->find_people_by_phone(kind, std::move(phone)));
    }
    Answer<std::string> put_person(NewPerson person, WallTime now) override {
        return pass("put_person", inner_->put_person(std::move(person), now));
    }
    Answer<void> set_person_state(std::string id, PersonState state, WallTime now, Trace trace) override {
        return pass("set_person_state",
                    inner_->set_person_state(std::move(id), state, now, std::move(trace)));
    }
    Answer<void> set_person_level(std::string id, int level, std::string evidence, WallTime now,
                                  Trace trace) override {
        return pass("set_person_level", inner_->set_person_level(std::move(id), level, std::move(evidence),
                                                                 now, std::move(trace)));
    }
    Answer<void> set_password_hash(std::string id, std::string old_hash, std::string new_hash,
                                   WallTime now) override {
        return pass("set_password_hash",
                    inner_->set_password_hash(std::move(id), std::move(old_hash), std::move(new_hash), now));
    }
    Answer<std::string> register_person(NewPerson person, CodeProof code, WallTime now,
                                        Trace trace) override {
        return pass("register_person",
                    inner_->register_person(std::move(person), code, now, std::move(trace)));
    }
    Answer<std::string> reset_password(CodeProof code, std::optional<std::string> new_hash, WallTime now,
                                       Trace trace) override {
        return pass("reset_password",
                    inner_->reset_password(code, std::move(new_hash), now, std::move(trace)));
    }
    Answer<void> change_password(std::string person_id, std::string old_hash, std::string new_hash,
                                 KeptSession keep, WallTime now, Trace trace) override {
        return pass("change_password",
                    inner_->change_password(std::move(person_id), std::move(old_hash), std::move(new_hash),
                                            std::move(keep), now, std::move(trace)));
    }
    Answer<void> change_phone(std::string person_id, std::string old_phone, std::string new_phone,
                              std::vector<CodeProof> codes, std::string evidence, WallTime now,
                              Trace trace) override {
        return pass("change_phone",
                    inner_->change_phone(std::move(person_id), std::move(old_phone), std::move(new_phone),
                                         std::move(codes), std::move(evidence), now, std::move(trace)));
    }
    Answer<std::optional<Preferences>> preferences(std::string person_id) override {
        return pass("preferences", inner_->preferences(std::move(person_id)));
    }
    Answer<void> set_preferences(std::string person_id, Preferences preferences, WallTime now) override {
        return pass("set_preferences",
                    inner_->set_preferences(std::move(person_id), std::move(preferences), now));
    }
    Answer<ImportReport> import_people(std::vector<NewPerson> batch, WallTime now) override {
        return pass("import_people", inner_->import_people(std::move(batch), now));
    }
    Answer<Proofing> start_proofing(NewProofing proofing, Trace trace) override {
        return pass("start_proofing", inner_->start_proofing(std::move(proofing), std::move(trace)));
    }
    Answer<void> note_proofing_reference(std::string id, std::string reference) override {
        return pass("note_proofing_reference",
                    inner_->note_proofing_reference(std::move(id), std::move(reference)));
    }
    Answer<std::optional<Proofing>> find_proofing(std::string id) override {
        return pass("find_proofing", inner_->find_proofing(std::move(id)));
    }
    Answer<std::vector<Proofing>> list_open_proofings(WallTime started_before, int limit) override {
        return pass("list_open_proofings", inner_->list_open_proofings(started_before, limit));
    }
    Answer<Proofing> decide_proofing(ProofingVerdict verdict, Trace trace) override {
        return pass("decide_proofing", inner_->decide_proofing(std::move(verdict), std::move(trace)));
    }
    Answer<std::optional<std::string>> certificate_permit(std::string person_id, Digest device_hash,
                                                          WallTime now) override {
        return pass("certificate_permit", inner_->certificate_permit(std::move(person_id), device_hash, now));
    }
    Answer<int> expire_levels(WallTime now, int limit) override {
        return pass("expire_levels", inner_->expire_levels(now, limit));
    }
    Answer<std::string> open_desk_case(DeskCase desk_case, Trace trace) override {
        return pass("open_desk_case", inner_->open_desk_case(std::move(desk_case), std::move(trace)));
    }
    Answer<std::optional<DeskCase>> find_desk_case(std::string id) override {
        return pass("find_desk_case", inner_->find_desk_case(std::move(id)));
    }
    Answer<std::vector<DeskCase>> list_desk_cases(std::optional<DeskState> state, int limit) override {
        return pass("list_desk_cases", inner_->list_desk_cases(state, limit));
    }
    Answer<DeskCase> decide_desk_case(DeskDecision decision, Trace trace) override {
        return pass("decide_desk_case", inner_->decide_desk_case(std::move(decision), std::move(trace)));
    }
    Answer<std::optional<BudgetRefusal>> spend(std::vector<Charge> charges, WallTime now) override {
        return pass("spend", inner_->spend(std::move(charges), now));
    }
    Answer<void> forget_budgets(std::vector<Digest> keys) override {
        return pass("forget_budgets", inner_->forget_budgets(std::move(keys)));
    }
    Answer<void> forget_all_budgets() override {
        return pass("forget_all_budgets", inner_->forget_all_budgets());
    }
    Answer<Session> open_session(std::string person_id, std::optional<std::string> password_hash,
                                 NewSession session, Trace trace) override {
        return pass("open_session", inner_->open_session(std::move(person_id), std::move(password_hash),
                                                         std::move(session), std::move(trace)));
    }
    Answer<Session> open_session_by_code(CodeProof code, NewSession session, Trace trace) override {
        return pass("open_session_by_code",
                    inner_->open_session_by_code(code, std::move(session), std::move(trace)));
    }
    Answer<std::vector<LoginRecord>> list_logins(std::string person_id, int limit, WallTime now) override {
        return pass("list_logins", inner_->list_logins(std::move(person_id), limit, now));
    }
    Answer<std::optional<Session>> use_session(Digest token_hash, SessionKind kind, WallTime now) override {
        return pass("use_session", inner_->use_session(token_hash, kind, now));
    }
    Answer<std::vector<Session>> list_sessions(std::string person_id, SessionKind kind,
                                               WallTime now) override {
        return pass("list_sessions", inner_->list_sessions(std::move(person_id), kind, now));
    }
    Answer<bool> end_session(std::string person_id, std::string session_id, std::string reason, WallTime now,
                             Trace trace) override {
        return pass("end_session", inner_->end_session(std::move(person_id), std::move(session_id),
                                                       std::move(reason), now, std::move(trace)));
    }
    Answer<bool> end_session_by_operator(std::string session_id, WallTime now, Trace trace) override {
        return pass("end_session_by_operator",
                    inner_->end_session_by_operator(std::move(session_id), now, std::move(trace)));
    }
    Answer<int> end_other_sessions(std::string person_id, std::string keep, int newest, std::string reason,
                                   WallTime now, Trace trace) override {
        return pass("end_other_sessions",
                    inner_->end_other_sessions(std::move(person_id), std::move(keep), newest,
                                               std::move(reason), now, std::move(trace)));
    }
    Answer<void> put_code(NewCode code, Trace trace) override {
        return pass("put_code", inner_->put_code(code, std::move(trace)));
    }
    Answer<std::string> check_code(CodePurpose purpose, Digest holder_hash, Digest code_hash,
                                   WallTime now) override {
        return pass("check_code", inner_->check_code(purpose, holder_hash, code_hash, now));
    }
    Answer<Certificate> add_certificate(NewCertificate certificate, Digest code_holder_hash, WallTime now,
                                        Trace trace) override {
        return pass("add_certificate",
                    inner_->add_certificate(std::move(certificate), code_holder_hash, now, std::move(trace)));
    }
    Answer<std::vector<Certificate>> list_certificates(std::string person_id) override {
        return pass("list_certificates", inner_->list_certificates(std::move(person_id)));
    }
    Answer<std::optional<Certificate>> find_certificate(std::string serial) override {
        return pass("find_certificate", inner_->find_certificate(std::move(serial)));
    }
    Answer<std::vector<RevokedCertificate>> list_revoked_certificates(WallTime now) override {
        return pass("list_revoked_certificates", inner_->list_revoked_certificates(now));
    }
    Answer<void> revoke_certificate(std::string serial, std::optional<std::string> person_id,
                                    std::string reason, WallTime now, Trace trace,
                                    std::string keep_session) override {
        return pass("revoke_certificate",
                    inner_->revoke_certificate(std::move(serial), std::move(person_id), std::move(reason),
                                               now, std::move(trace), std::move(keep_session)));
    }
    Answer<std::vector<Ticket>> list_cancelled_tickets(WallTime since, int limit) override {
        return pass("list_cancelled_tickets", inner_->list_cancelled_tickets(since, limit));
    }
    Answer<int> expire_sessions(WallTime now, int limit) override {
        return pass("expire_sessions", inner_->expire_sessions(now, limit));
    }
    Answer<bool> note_ended_session(Digest token_hash, SessionKind kind, WallTime now, Trace trace) override {
        return pass("note_ended_session",
                    inner_->note_ended_session(token_hash, kind, now, std::move(trace)));
    }
    Answer<bool> renew_session(Digest old_hash, Digest new_hash, WallTime now) override {
        return pass("renew_session", inner_->renew_session(old_hash, new_hash, now));
    }
    Answer<Unlock> try_unlock(std::string serial, std::string person_id, Digest device_hash,
                              Digest verifier_hash, WallTime now, Trace trace) override {
        return pass("try_unlock", inner_->try_unlock(std::move(serial), std::move(person_id), device_hash,
                                                     verifier_hash, now, std::move(trace)));
    }
    Answer<Resume> resume(Digest pre_session_hash, WallTime now) override {
        return pass("resume", inner_->resume(pre_session_hash, now));
    }
    Answer<Ticket> scan_ticket(NewScan scan, Trace trace) override {
        return pass("scan_ticket", inner_->scan_ticket(std::move(scan), std::move(trace)));
    }
    Answer<std::optional<Ticket>> find_ticket(Digest token_hash) override {
        return pass("find_ticket", inner_->find_ticket(token_hash));
    }
    Answer<Ticket> confirm_ticket(Confirmation confirmation, Trace trace) override {
        return pass("confirm_ticket", inner_->confirm_ticket(std::move(confirmation), std::move(trace)));
    }
    Answer<Ticket> count_wrong_signature(Digest token_hash, std::string person_id, WallTime now,
                                         Trace trace) override {
        return pass("count_wrong_signature",
                    inner_->count_wrong_signature(token_hash, std::move(person_id), now, std::move(trace)));
    }
    Answer<Ticket> deny_ticket(Digest token_hash, std::string person_id, std::string phone_session_id,
                               WallTime now, Trace trace) override {
        return pass("deny_ticket", inner_->deny_ticket(token_hash, std::move(person_id),
                                                       std::move(phone_session_id), now, std::move(trace)));
    }
    Answer<std::optional<Ticket>> cancel_ticket(Digest pre_session_hash, WallTime now, Trace trace) override {
        return pass("cancel_ticket", inner_->cancel_ticket(pre_session_hash, now, std::move(trace)));
    }
    Answer<Redeemed> redeem_ticket(Redemption redemption, Trace trace) override {
        return pass("redeem_ticket", inner_->redeem_ticket(std::move(redemption), std::move(trace)));
    }
    Answer<std::vector<Ticket>> expire_tickets(WallTime now, int limit) override {
        return pass("expire_tickets", inner_->expire_tickets(now, limit));
    }
    Answer<std::vector<Receipt>> list_receipts(std::string person_id) override {
        return pass("list_receipts", inner_->list_receipts(std::move(person_id)));
    }
    Answer<std::optional<Receipt>> find_receipt(Digest token_hash) override {
        return pass("find_receipt", inner_->find_receipt(token_hash));
    }
    Answer<void> record(AuditEvent event, Trace trace) override {
        return pass("record", inner_->record(std::move(event), std::move(trace)));
    }
    Answer<std::vector<AuditRow>> list_audit(std::string person_id, int limit) override {
        return pass("list_audit", inner_->list_audit(std::move(person_id), limit));
    }
    Answer<void> purge(WallTime now) override { return pass("purge", inner_->purge(now)); }
    Answer<std::optional<Session>> find_session(Digest token_hash, SessionKind kind, WallTime now) override {
        return pass("find_session", inner_->find_session(token_hash, kind, now));
    }
    Answer<std::vector<std::optional<Session>>> find_sessions(std::vector<Digest> token_hashes,
                                                              SessionKind kind, WallTime now) override {
        return pass("find_sessions", inner_->find_sessions(std::move(token_hashes), kind, now));
    }

private:
    Task<void> wait() {
        for (unsigned left = turns ? turns() : 0; left > 0; --left)
            co_await asio::post(co_await asio::this_coro::executor, use_task);
    }

    template <class T>
    Answer<T> pass(std::string_view verb, Answer<T> work) {
        ++calls_;
        const Fate it = fate ? fate(verb) : Fate::done;
        if (it != Fate::done) ++failures_;
        co_await wait();
        if (it == Fate::not_done) co_return Errc::database_unavailable;
        Result<T> result = co_await std::move(work);
        co_await wait();
        // A refusal is a refusal, whether or not it arrives: nothing was done.
        if (it == Fate::in_doubt) co_return Errc::in_doubt;
        if (it == Fate::timed_out) co_return Errc::timed_out;
        if (!result) co_return result.error();
        // Part by part: a Result<bool> made of another one may mean its has_value().
        if constexpr (std::is_void_v<T>) {
            co_return Result<void>();
        } else {
            co_return std::move(*result);
        }
    }

    Storage* inner_ = nullptr;
    std::uint64_t calls_ = 0;
    std::uint64_t failures_ = 0;
};

}  // namespace qrgate::tests
