#include "storage/names.hpp"

#include <array>
#include <span>
#include <utility>

namespace qrgate {
namespace {

template <class E>
struct Named {
    E value;
    std::string_view name;
};

constexpr std::array person_states{Named{PersonState::active, "active"},
                                   Named{PersonState::locked, "locked"}};
constexpr std::array session_kinds{Named{SessionKind::browser, "browser"},
                                   Named{SessionKind::phone, "phone"}};
constexpr std::array algorithms{Named{KeyAlgorithm::sm2, "sm2"}, Named{KeyAlgorithm::p256, "p256"}};
constexpr std::array certificate_states{Named{CertificateState::active, "active"},
                                        Named{CertificateState::disabled, "disabled"},
                                        Named{CertificateState::revoked, "revoked"}};
constexpr std::array purposes{
    Named{CodePurpose::certificate, "certificate"},   Named{CodePurpose::login, "login"},
    Named{CodePurpose::registration, "registration"}, Named{CodePurpose::reset, "reset"},
    Named{CodePurpose::phone_old, "phone_old"},       Named{CodePurpose::phone_new, "phone_new"}};

constexpr std::array proofing_states{
    Named{ProofingState::open, "open"}, Named{ProofingState::passed, "passed"},
    Named{ProofingState::failed, "failed"}, Named{ProofingState::expired, "expired"}};
constexpr std::array desk_actions{Named{DeskAction::level, "level"}, Named{DeskAction::phone, "phone"},
                                  Named{DeskAction::certificate, "certificate"}};
constexpr std::array desk_states{Named{DeskState::open, "open"}, Named{DeskState::approved, "approved"},
                                 Named{DeskState::refused, "refused"}};

template <class E, std::size_t N>
std::string_view name_in(const std::array<Named<E>, N>& table, E value) noexcept {
    for (const auto& row : table)
        if (row.value == value) return row.name;
    return "unknown";
}

template <class E, std::size_t N>
std::optional<E> value_in(const std::array<Named<E>, N>& table, std::string_view name) noexcept {
    for (const auto& row : table)
        if (row.name == name) return row.value;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(PersonState state) noexcept {
    return name_in(person_states, state);
}
std::string_view name_of(SessionKind kind) noexcept {
    return name_in(session_kinds, kind);
}
std::string_view name_of(KeyAlgorithm algorithm) noexcept {
    return name_in(algorithms, algorithm);
}
std::string_view name_of(CertificateState state) noexcept {
    return name_in(certificate_states, state);
}
std::string_view name_of(CodePurpose purpose) noexcept {
    return name_in(purposes, purpose);
}
std::string_view name_of(ProofingState state) noexcept {
    return name_in(proofing_states, state);
}
std::string_view name_of(DeskAction action) noexcept {
    return name_in(desk_actions, action);
}
std::string_view name_of(DeskState state) noexcept {
    return name_in(desk_states, state);
}

std::optional<PersonState> person_state(std::string_view name) noexcept {
    return value_in(person_states, name);
}
std::optional<SessionKind> session_kind(std::string_view name) noexcept {
    return value_in(session_kinds, name);
}
std::optional<KeyAlgorithm> key_algorithm(std::string_view name) noexcept {
    return value_in(algorithms, name);
}
std::optional<CertificateState> certificate_state(std::string_view name) noexcept {
    return value_in(certificate_states, name);
}
std::optional<ProofingState> proofing_state(std::string_view name) noexcept {
    return value_in(proofing_states, name);
}
std::optional<DeskAction> desk_action(std::string_view name) noexcept {
    return value_in(desk_actions, name);
}
std::optional<DeskState> desk_state(std::string_view name) noexcept {
    return value_in(desk_states, name);
}

std::string audit_subject(const Digest& token_hash) {
    return hex(ByteView(token_hash).first(8));
}

}  // namespace qrgate
