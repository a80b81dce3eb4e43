// Tickets in memory: who may move one is decided here, how it moves by protocol/ticket.hpp.
#include <algorithm>

#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {
namespace {

std::string outcome_of(Errc errc) {
    return errc == Errc::conflict ? "conflict" : std::string(info(errc).code);
}

template <class T>
std::string outcome_of(const Result<T>& result) {
    return result ? "ok" : outcome_of(result.error());
}

bool is_open(const Ticket& ticket, WallTime now) {
    return !is_final(ticket.life.state) && now < ticket.life.deadline;
}

std::chrono::seconds between(WallTime from, WallTime to) {
    return std::chrono::duration_cast<std::chrono::seconds>(to - from);
}

}  // namespace

MemoryStorage::TicketRow* MemoryStorage::open_ticket_of(const Digest& pre_session_hash) {
    const auto newest = newest_ticket_.find(pre_session_hash);
    if (newest == newest_ticket_.end()) return nullptr;
    TicketRow& row = tickets_.at(newest->second);
    return is_final(row.ticket.life.state) ? nullptr : &row;
}

void MemoryStorage::move(TicketRow& row, const TicketLife& life, WallTime now) {
    row.ticket.life = life;
    if (is_final(life.state)) row.ended_at = now;
}

void MemoryStorage::end_ticket(TicketRow& row, TicketState state, WallTime now, const Trace& trace) {
    row.ticket.life.state = state;
    row.ended_at = now;
    note({.event = state == TicketState::expired ? "ticket_expired" : "ticket_cancelled",
          .outcome = "ok",
          .person_id = row.ticket.person_id,
          .subject = audit_subject(row.ticket.token_hash)},
         now, trace);
}

MemoryStorage::Answer<Resume> MemoryStorage::resume(Digest pre_session_hash, WallTime now) {
    Resume out{.pre_session_ended = ended_pre_sessions_.contains(pre_session_hash)};
    const TicketRow* row = open_ticket_of(pre_session_hash);
    if (row != nullptr && is_open(row->ticket, now)) out.open_ticket = row->ticket;
    co_return out;
}

MemoryStorage::Answer<std::optional<Ticket>> MemoryStorage::find_ticket(Digest token_hash) {
    const auto found = tickets_.find(token_hash);
    if (found == tickets_.end()) co_return std::optional<Ticket>();
    co_return std::optional<Ticket>(found->second.ticket);
}

// The asked certificate; else the row's own while it is usable, so that a second scan gets the same answer;
// else the newest usable one.
Result<const Certificate*> MemoryStorage::certificate_for(const NewScan& scan, const TicketRow* row) const {
    if (scan.certificate) {
        if (const auto* named = usable_certificate(*scan.certificate, scan.person_id, scan.scanned_at))
            return named;
        return Errc::certificate_unusable;
    }
    if (row != nullptr)
        if (const auto* kept = usable_certificate(row->ticket.certificate, scan.person_id, scan.scanned_at))
            return kept;
    const Certificate* newest = nullptr;
    bool has_active = false;
    for (const auto& [serial, each] : certificates_) {
        const Certificate& it = each.certificate;
        has_active = has_active || (it.person_id == scan.person_id && it.state == CertificateState::active);
        if (usable_certificate(serial, scan.person_id, scan.scanned_at) == nullptr) continue;
        if (newest == nullptr ||
            std::tie(newest->issued_at, newest->serial) < std::tie(it.issued_at, it.serial))
            newest = &it;
    }
    if (newest != nullptr) return newest;
    return has_active ? Errc::certificate_unusable : Errc::certificate_missing;
}

Result<Ticket> MemoryStorage::scan_again(TicketRow& row, const NewScan& scan, const std::string& serial) {
    Ticket& ticket = row.ticket;
    if (!is_open(ticket, scan.scanned_at)) return Errc::ticket_state;
    if (ticket.person_id != scan.person_id || ticket.pre_session_hash != scan.pre_session_hash)
        return Errc::ticket_taken;
    if (ticket.life.state != TicketState::scanned) return Errc::ticket_state;
    ticket.phone_session_id = scan.phone_session_id;
    if (ticket.certificate != serial) {
        ticket.certificate = serial;
        ticket.nonce = scan.nonce;
    }
    return ticket;
}

Result<Ticket> MemoryStorage::scan(const NewScan& scan) {
    if (auto missing = missing_rights(scan.person_id, certificate_level)) return *missing;
    const auto found = tickets_.find(scan.token_hash);
    TicketRow* row = found == tickets_.end() ? nullptr : &found->second;
    const auto mine = row != nullptr && row->ticket.person_id == scan.person_id ? row : nullptr;
    const auto certificate = certificate_for(scan, mine);
    if (!certificate) return certificate.error();
    if (row != nullptr) return scan_again(*row, scan, (*certificate)->serial);
    if (ended_pre_sessions_.contains(scan.pre_session_hash)) return Errc::ticket_state;
    if (TicketRow* other = open_ticket_of(scan.pre_session_hash)) {
        if (is_open(other->ticket, scan.scanned_at)) return Errc::ticket_taken;
        end_ticket(*other, TicketState::expired, scan.scanned_at, {});
    }

    const TicketLife shown{.state = TicketState::live, .deadline = scan.expires_at};
    auto life = apply(shown, TicketEvent::scan, TicketActor::scanner, scan.scanned_at,
                      {.confirm = between(scan.scanned_at, scan.expires_at)});
    if (!life) return life.error();
    life->deadline = scan.expires_at;  // to the microsecond
    TicketRow fresh{.ticket = {.token_hash = scan.token_hash,
                               .token = scan.token,
                               .life = *life,
                               .pre_session_hash = scan.pre_session_hash,
                               .person_id = scan.person_id,
                               .phone_session_id = scan.phone_session_id,
                               .certificate = (*certificate)->serial,
                               .nonce = scan.nonce,
                               .browser = scan.browser,
                               .origin = scan.origin,
                               .scanned_at = scan.scanned_at,
                               .signing_expires_at = scan.expires_at,
                               .easy = scan.easy}};
    newest_ticket_[scan.pre_session_hash] = scan.token_hash;
    return (tickets_[scan.token_hash] = fresh).ticket;
}

MemoryStorage::Answer<Ticket> MemoryStorage::scan_ticket(NewScan scan_, Trace trace) {
    auto done = scan(scan_);
    note({.event = "ticket_scanned",
          .outcome = outcome_of(done),
          .person_id = scan_.person_id,
          .subject = audit_subject(scan_.token_hash)},
         scan_.scanned_at, trace);
    co_return done;
}

Result<MemoryStorage::TicketRow*> MemoryStorage::own_open_ticket(const Digest& token_hash,
                                                                 const std::string& person_id, WallTime now) {
    const auto found = tickets_.find(token_hash);
    if (found == tickets_.end() || found->second.ticket.person_id != person_id) return Errc::ticket_unknown;
    const Ticket& ticket = found->second.ticket;
    if (ticket.life.state != TicketState::scanned || !is_open(ticket, now)) return Errc::ticket_state;
    return &found->second;
}

Result<Ticket> MemoryStorage::confirm(const Confirmation& it) {
    const auto found = tickets_.find(it.token_hash);
    if (found == tickets_.end() || found->second.ticket.phone_session_id != it.phone_session_id)
        return Errc::ticket_unknown;
    auto row = own_open_ticket(it.token_hash, it.person_id, it.at);
    if (!row) return row.error();
    Ticket& ticket = (*row)->ticket;
    if (ticket.nonce != it.nonce) return Errc::conflict;
    if (auto missing = missing_rights(it.person_id, certificate_level)) return *missing;
    if (ticket.certificate != it.certificate ||
        usable_certificate(it.certificate, it.person_id, it.at) == nullptr)
        return Errc::certificate_unusable;
    auto life = apply(ticket.life, TicketEvent::confirm, TicketActor::scanner, it.at,
                      {.redeem = between(it.at, it.redeem_until)});
    if (!life) return life.error();
    life->deadline = it.redeem_until;
    move(**row, *life, it.at);
    ticket.needs_code = it.code_hash.has_value();
    (*row)->code_hash = it.code_hash;
    Certificate& certificate = certificates_.at(it.certificate).certificate;
    certificate.unlock_failures = 0;
    receipts_.push_back({.token_hash = it.token_hash,
                         .person_id = it.person_id,
                         .serial = it.certificate,
                         .algorithm = certificate.algorithm,
                         .text = it.text,
                         .signature = it.signature,
                         .certificate = certificate.der,
                         .chain = it.chain,
                         .certificate_status = std::string(name_of(certificate.state)),
                         .confirmed_at = it.at});
    return ticket;
}

MemoryStorage::Answer<Ticket> MemoryStorage::confirm_ticket(Confirmation confirmation, Trace trace) {
    auto done = confirm(confirmation);
    note({.event = "ticket_confirmed",
          .outcome = outcome_of(done),
          .person_id = confirmation.person_id,
          .subject = audit_subject(confirmation.token_hash)},
         confirmation.at, trace);
    co_return done;
}

MemoryStorage::Answer<Ticket> MemoryStorage::count_wrong_signature(Digest token_hash, std::string person_id,
                                                                   WallTime now, Trace trace) {
    auto row = own_open_ticket(token_hash, person_id, now);
    const std::string subject = audit_subject(token_hash);
    note({.event = "signature_wrong",
          .outcome = row ? "signature_wrong" : outcome_of(row.error()),
          .person_id = person_id,
          .subject = subject},
         now, trace);
    if (!row) co_return row.error();
    auto life = apply((*row)->ticket.life, TicketEvent::wrong_signature, TicketActor::scanner, now);
    if (!life) co_return life.error();
    move(**row, *life, now);
    if (life->state == TicketState::dead)
        note({.event = "ticket_dead",
              .outcome = "signature_wrong",
              .person_id = person_id,
              .subject = subject},
             now, trace);
    co_return (*row)->ticket;
}

MemoryStorage::Answer<Ticket> MemoryStorage::deny_ticket(Digest token_hash, std::string person_id,
                                                         std::string phone_session_id, WallTime now,
                                                         Trace trace) {
    auto row = own_open_ticket(token_hash, person_id, now);
    const auto found = tickets_.find(token_hash);
    if (found == tickets_.end() || found->second.ticket.phone_session_id != phone_session_id)
        row = Errc::ticket_unknown;
    note({.event = "ticket_denied",
          .outcome = outcome_of(row),
          .person_id = person_id,
          .subject = audit_subject(token_hash)},
         now, trace);
    if (!row) co_return row.error();
    auto life = apply((*row)->ticket.life, TicketEvent::deny, TicketActor::scanner, now);
    if (!life) co_return life.error();
    move(**row, *life, now);
    co_return (*row)->ticket;
}

MemoryStorage::Answer<std::optional<Ticket>> MemoryStorage::cancel_ticket(Digest pre_session_hash,
                                                                          WallTime now, Trace trace) {
    TicketRow* row = open_ticket_of(pre_session_hash);
    if (row == nullptr) co_return std::optional<Ticket>();
    const auto life = apply(row->ticket.life, TicketEvent::cancel, TicketActor::browser, now);
    if (!life) co_return std::optional<Ticket>();
    end_ticket(*row, life->state, now, trace);
    co_return std::optional<Ticket>(row->ticket);
}

// The ticket when this redemption may have it; a wrong code is counted here.
Result<MemoryStorage::TicketRow*> MemoryStorage::redeemable(const Redemption& it) {
    TicketRow& row = tickets_.at(newest_ticket_.at(it.pre_session_hash));
    Ticket& ticket = row.ticket;
    if (ticket.life.state == TicketState::expired) return Errc::ticket_expired;
    if (!is_final(ticket.life.state) && it.at >= ticket.life.deadline) return Errc::ticket_expired;
    if (ticket.life.state != TicketState::confirmed || ended_pre_sessions_.contains(it.pre_session_hash))
        return Errc::ticket_state;
    if (auto missing = missing_rights(ticket.person_id, certificate_level)) return *missing;
    if (usable_certificate(ticket.certificate, ticket.person_id, it.at) == nullptr)
        return Errc::certificate_unusable;
    const bool right = !ticket.needs_code || (it.code_hash && it.code_hash == row.code_hash);
    auto life = apply(ticket.life, right ? TicketEvent::redeem : TicketEvent::wrong_code,
                      TicketActor::browser, it.at);
    if (!life) return life.error();
    move(row, *life, it.at);
    if (!right) return Errc::code_wrong;
    return &row;
}

MemoryStorage::Answer<Redeemed> MemoryStorage::redeem_ticket(Redemption redemption, Trace trace) {
    const auto newest = newest_ticket_.find(redemption.pre_session_hash);
    if (newest == newest_ticket_.end()) co_return Errc::ticket_unknown;
    const auto row = redeemable(redemption);
    const Ticket& ticket = tickets_.at(newest->second).ticket;
    const std::string subject = audit_subject(ticket.token_hash);
    if (!row) {
        const bool used = ticket.life.state == TicketState::redeemed ||
                          ended_pre_sessions_.contains(redemption.pre_session_hash);
        note({.event = row.error() == Errc::ticket_state && used ? "authn_token_reuse" : "authn_login_fail",
              .outcome = outcome_of(row.error()),
              .person_id = ticket.person_id,
              .subject = subject,
              .method = "qr"},
             redemption.at, trace);
        if (row.error() == Errc::code_wrong && ticket.life.state == TicketState::dead)
            note({.event = "ticket_dead",
                  .outcome = "code_wrong",
                  .person_id = ticket.person_id,
                  .subject = subject},
                 redemption.at, trace);
        co_return row.error();
    }
    (*row)->ticket.session_id = redemption.session.id;
    note({.event = "ticket_redeemed", .outcome = "ok", .person_id = ticket.person_id, .subject = subject},
         redemption.at, trace);
    NewSession session = redemption.session;
    session.pre_session_hash = redemption.pre_session_hash;
    Session opened = insert_session(ticket.person_id, session, trace);
    co_return Redeemed{.session = std::move(opened), .ticket = ticket};
}

MemoryStorage::Answer<std::vector<Ticket>> MemoryStorage::expire_tickets(WallTime now, int limit) {
    std::vector<TicketRow*> due;
    for (auto& [hash, row] : tickets_)
        if (!is_final(row.ticket.life.state) && row.ticket.life.deadline <= now) due.push_back(&row);
    std::ranges::sort(due, [](const TicketRow* a, const TicketRow* b) {
        return std::tie(a->ticket.life.deadline, a->ticket.token_hash) <
               std::tie(b->ticket.life.deadline, b->ticket.token_hash);
    });
    if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
    std::vector<Ticket> out;
    for (TicketRow* row : due) {
        const auto life = apply(row->ticket.life, TicketEvent::timeout, TicketActor::clock, now);
        if (!life) co_return life.error();
        end_ticket(*row, life->state, now, {});
        out.push_back(row->ticket);
    }
    co_return out;
}

MemoryStorage::Answer<std::vector<Ticket>> MemoryStorage::list_cancelled_tickets(WallTime since, int limit) {
    std::vector<const TicketRow*> rows;
    for (const auto& [hash, row] : tickets_)
        if (row.ticket.life.state == TicketState::cancelled && row.ended_at && *row.ended_at >= since)
            rows.push_back(&row);
    std::ranges::sort(rows, [](const TicketRow* a, const TicketRow* b) {
        return std::tie(*a->ended_at, a->ticket.token_hash) < std::tie(*b->ended_at, b->ticket.token_hash);
    });
    if (rows.size() > static_cast<std::size_t>(limit)) rows.resize(static_cast<std::size_t>(limit));
    std::vector<Ticket> out;
    for (const TicketRow* row : rows)
        out.push_back(row->ticket);
    co_return out;
}

}  // namespace qrgate
