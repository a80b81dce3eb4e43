// Certificates in memory.
#include <algorithm>

#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

const Certificate* MemoryStorage::usable_certificate(const std::string& serial, const std::string& person_id,
                                                     WallTime now) const {
    const auto found = certificates_.find(serial);
    if (found == certificates_.end()) return nullptr;
    const Certificate& it = found->second.certificate;
    const bool usable = it.person_id == person_id && it.state == CertificateState::active &&
                        it.not_before <= now && now < it.not_after;
    return usable ? &it : nullptr;
}

bool MemoryStorage::is_vouched_for(const NewCertificate& it, WallTime now) const {
    constexpr std::string_view by_certificate = "certificate:";
    if (it.permit.starts_with(by_certificate))
        return usable_certificate(it.permit.substr(by_certificate.size()), it.certificate.person_id, now) !=
               nullptr;
    constexpr std::string_view by_proofing = "proofing:";
    if (it.permit.starts_with(by_proofing)) {
        const auto found = proofings_.find(it.permit.substr(by_proofing.size()));
        if (found == proofings_.end()) return false;
        const Proofing& one = found->second.proofing;
        return one.person_id == it.certificate.person_id && one.device_hash == it.certificate.device_hash &&
               one.state == ProofingState::passed && one.decided_at &&
               *one.decided_at > now - proofing_permit;
    }
    constexpr std::string_view by_desk = "desk:";
    if (it.permit.starts_with(by_desk)) {
        const auto found = desk_cases_.find(it.permit.substr(by_desk.size()));
        if (found == desk_cases_.end()) return false;
        const DeskCase& one = found->second.desk_case;
        return one.person_id == it.certificate.person_id && one.action == DeskAction::certificate &&
               one.state == DeskState::approved && !found->second.used_at && one.decided_at &&
               *one.decided_at > now - desk_permit;
    }
    return it.permit == "demo";
}

std::optional<Errc> MemoryStorage::certificate_refusal(const NewCertificate& it, WallTime now) const {
    const Certificate& fresh = it.certificate;
    if (it.renews) {
        const auto old = certificates_.find(*it.renews);
        if (old == certificates_.end()) return Errc::certificate_unusable;
        const Certificate& held = old->second.certificate;
        if (held.person_id != fresh.person_id || held.device_hash != fresh.device_hash ||
            held.state != CertificateState::active || now >= held.not_after)
            return Errc::certificate_unusable;
    }
    if (!is_vouched_for(it, now)) return Errc::proofing_needed;
    const auto active = std::ranges::count_if(certificates_, [&](const auto& entry) {
        const Certificate& one = entry.second.certificate;
        return one.person_id == fresh.person_id && one.state == CertificateState::active &&
               now < one.not_after && one.serial != it.renews;
    });
    return active >= it.at_most_active ? std::optional(Errc::certificate_limit) : std::nullopt;
}

MemoryStorage::Answer<Certificate> MemoryStorage::add_certificate(NewCertificate certificate,
                                                                  Digest code_holder_hash, WallTime now,
                                                                  Trace trace) {
    const Certificate& fresh = certificate.certificate;
    const auto code = codes_.find({CodePurpose::certificate, code_holder_hash});
    std::optional<Errc> refusal = missing_rights(fresh.person_id, certificate_level);
    const auto whose = people_.find(fresh.person_id);
    if (!refusal && (code == codes_.end() || code->second.used || now >= code->second.code.expires_at ||
                     whose == people_.end() || code->second.phone != whose->second.phone))
        refusal = Errc::code_wrong;
    if (!refusal) refusal = certificate_refusal(certificate, now);
    if (!refusal && certificates_.contains(fresh.serial)) co_return Errc::conflict;
    note({.event = "certificate_issued",
          .outcome = refusal ? std::string(info(*refusal).code) : "ok",
          .person_id = fresh.person_id,
          .subject = fresh.serial},
         now, trace);
    if (refusal) co_return *refusal;

    code->second.used = true;
    use_permit(certificate.permit, now);
    if (certificate.renews) {
        CertificateRow& old = certificates_[*certificate.renews];
        old.certificate.state = CertificateState::revoked;
        old.state_since = now;
        old.state_reason = "superseded";
        note({.event = "certificate_revoked",
              .outcome = "superseded",
              .person_id = fresh.person_id,
              .subject = *certificate.renews},
             now, trace);
    }
    CertificateRow row{.certificate = fresh,
                       .verifier_hash = certificate.unlock_verifier_hash,
                       .secret = certificate.unlock_secret,
                       .state_since = now};
    row.certificate.state = CertificateState::active;
    row.certificate.unlock_failures = 0;
    certificates_[fresh.serial] = row;
    co_return row.certificate;
}

MemoryStorage::Answer<std::vector<RevokedCertificate>> MemoryStorage::list_revoked_certificates(
    WallTime now) {
    std::vector<RevokedCertificate> out;
    for (const auto& [serial, row] : certificates_)
        if (row.certificate.state != CertificateState::active && now < row.certificate.not_after)
            out.push_back({.serial = serial, .revoked_at = row.state_since, .reason = row.state_reason});
    co_return out;
}

MemoryStorage::Answer<std::vector<Certificate>> MemoryStorage::list_certificates(std::string person_id) {
    std::vector<Certificate> out;
    for (const auto& [serial, row] : certificates_)
        if (row.certificate.person_id == person_id) out.push_back(row.certificate);
    std::ranges::sort(out, [](const Certificate& a, const Certificate& b) {
        return std::tie(b.issued_at, b.serial) < std::tie(a.issued_at, a.serial);
    });
    co_return out;
}

MemoryStorage::Answer<std::optional<Certificate>> MemoryStorage::find_certificate(std::string serial) {
    const auto found = certificates_.find(serial);
    if (found == certificates_.end()) co_return std::optional<Certificate>();
    co_return std::optional<Certificate>(found->second.certificate);
}

MemoryStorage::Answer<void> MemoryStorage::revoke_certificate(std::string serial,
                                                              std::optional<std::string> person_id,
                                                              std::string reason, WallTime now, Trace trace,
                                                              std::string keep_session) {
    const auto found = certificates_.find(serial);
    if (found == certificates_.end()) co_return Errc::not_found;
    Certificate& it = found->second.certificate;
    if (person_id && *person_id != it.person_id) co_return Errc::not_found;
    if (it.state == CertificateState::revoked) co_return Result<void>();
    it.state = CertificateState::revoked;
    found->second.state_since = now;
    found->second.state_reason = reason;
    note({.event = "certificate_revoked", .outcome = reason, .person_id = it.person_id, .subject = serial},
         now, trace);
    end_what_it_opened(it, keep_session, now, trace);
    co_return Result<void>();
}

void MemoryStorage::end_what_it_opened(const Certificate& it, const std::string& keep_session, WallTime now,
                                       const Trace& trace) {
    std::set<std::string> of_another{keep_session};  // sessions
    for (const auto& [hash, row] : tickets_)
        if (row.ticket.session_id && row.ticket.certificate != it.serial)
            of_another.insert(*row.ticket.session_id);
    for (auto& [id, row] : sessions_)
        if (row.session.person_id == it.person_id && row.session.method == LoginMethod::qr &&
            is_live(row, now) && !of_another.contains(id))
            end(row, "certificate", now, trace);
    for (auto& [hash, row] : tickets_)
        if (row.ticket.person_id == it.person_id && row.ticket.certificate == it.serial &&
            !is_final(row.ticket.life.state))
            end_ticket(row, TicketState::cancelled, now, trace);
}

MemoryStorage::Answer<Unlock> MemoryStorage::try_unlock(std::string serial, std::string person_id,
                                                        Digest device_hash, Digest verifier_hash,
                                                        WallTime now, Trace trace) {
    const auto found = certificates_.find(serial);
    if (found == certificates_.end()) co_return Errc::not_found;
    Certificate& it = found->second.certificate;
    if (it.person_id != person_id || it.device_hash != device_hash) co_return Errc::not_found;
    if (it.state != CertificateState::active || now < it.not_before || now >= it.not_after) {
        note({.event = "passphrase_wrong",
              .outcome = "certificate_unusable",
              .person_id = person_id,
              .subject = serial},
             now, trace);
        co_return Errc::certificate_unusable;
    }
    if (found->second.verifier_hash == verifier_hash) {
        note({.event = "certificate_unlocked", .outcome = "ok", .person_id = person_id, .subject = serial},
             now, trace);
        co_return Unlock{.secret = found->second.secret, .tries_left = unlock_tries - it.unlock_failures};
    }
    ++it.unlock_failures;
    note({.event = "passphrase_wrong",
          .outcome = "passphrase_wrong",
          .person_id = person_id,
          .subject = serial},
         now, trace);
    if (it.unlock_failures >= unlock_tries) {
        it.state = CertificateState::disabled;
        found->second.state_since = now;
        found->second.state_reason = "passphrase_wrong";
        note({.event = "certificate_disabled",
              .outcome = "passphrase_wrong",
              .person_id = person_id,
              .subject = serial},
             now, trace);
    }
    co_return Unlock{.secret = {},
                     .tries_left = unlock_tries - it.unlock_failures,
                     .disabled = it.state == CertificateState::disabled};
}

}  // namespace qrgate
