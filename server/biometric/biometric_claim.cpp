#include "server/biometric/biometric_claim.hpp"

#include <boost/json/serialize.hpp>
#include <memory>

#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_part = 12'000;

// Takes the members one by one, so that one left over is seen.
class Members {
public:
    explicit Members(boost::json::object object) : object_(std::move(object)) {}

    std::string text(std::string_view key, bool required = true) {
        const boost::json::value* value = object_.if_contains(key);
        if (value == nullptr) {
            ok_ = ok_ && !required;
            return {};
        }
        const bool fits =
            value->is_string() && !value->get_string().empty() && value->get_string().size() <= longest_part;
        std::string taken = fits ? std::string(value->get_string()) : std::string();
        ok_ = ok_ && fits;
        object_.erase(key);
        return taken;
    }
    Bytes octets(std::string_view key) {
        auto decoded = from_base64url(text(key));
        ok_ = ok_ && decoded;
        return decoded ? std::move(*decoded) : Bytes();
    }
    bool all_taken() const { return ok_ && object_.empty(); }

private:
    boost::json::object object_;
    bool ok_ = true;
};

std::string evidence_of(const WebauthnFacts& facts) {
    return boost::json::serialize(boost::json::object{
        {"format", facts.format}, {"aaguid", facts.aaguid}, {"algorithm", facts.algorithm}});
}

}  // namespace

std::string_view name_of(BiometricKind kind) noexcept {
    switch (kind) {
        case BiometricKind::simulated:
            return "simulated";
        case BiometricKind::webauthn:
            return "webauthn";
        case BiometricKind::soter:
            return "soter";
        case BiometricKind::proofing:
            return "proofing";
    }
    return "";
}

std::optional<BiometricClaim> read_biometric(const boost::json::object& body) {
    Members members(body);
    const std::string kind = members.text("kind");
    BiometricClaim claim;
    if (kind == "simulated") {
        claim.kind = BiometricKind::simulated;
    } else if (kind == "webauthn") {
        claim.kind = BiometricKind::webauthn;
        claim.webauthn.client_data = members.octets("client_data");
        claim.webauthn.attestation = members.octets("attestation");
    } else if (kind == "soter") {
        claim.kind = BiometricKind::soter;
        // A mini-program knows no openid; it has a code that the service behind soter.url changes into one.
        claim.soter.openid = members.text("openid", false);
        claim.soter.login_code = members.text("login_code", false);
        if (claim.soter.openid.empty() == claim.soter.login_code.empty()) return std::nullopt;
        claim.soter.json_string = members.text("json_string");
        claim.soter.json_signature = members.text("json_signature");
    } else if (kind == "proofing") {
        claim.kind = BiometricKind::proofing;
        claim.proofing_id = members.text("id", false);
    } else {
        return std::nullopt;
    }
    return members.all_taken() ? std::optional(std::move(claim)) : std::nullopt;
}

std::string webauthn_challenge(std::string_view challenge, ByteView public_key) {
    const std::string text =
        "qrgate-biometric-v1\n" + std::string(challenge) + "\n" + base64url(public_key) + "\n";
    return base64url(sha256(as_bytes(text)));
}

Task<Result<std::string>> check_biometric(BiometricClaim claim, BiometricRules rules, SoterCheck& soter,
                                          Workers& workers) {
    if (claim.kind == BiometricKind::soter) {
        // Without the challenge in it, it is somebody's answer to something else.
        if (!soter_holds(claim.soter, rules.challenge)) co_return Errc::biometric_failed;
        auto known = co_await soter.is_signed(std::move(claim.soter));
        if (!known) co_return known.error();
        if (!*known) co_return Errc::biometric_failed;
        co_return std::string(R"({"platform":"soter"})");
    }
    if (claim.kind != BiometricKind::webauthn) co_return Errc::biometric_failed;
    struct Work {
        WebauthnAnswer answer;
        WebauthnRules rules;
        std::optional<WebauthnFacts> facts = {};
    };
    auto work = std::make_shared<Work>(
        Work{.answer = std::move(claim.webauthn),
             .rules = {.origin = std::move(rules.origin),
                       .challenge = webauthn_challenge(rules.challenge, rules.public_key)}});
    std::function<void()> job = [work] { work->facts = check_webauthn(work->answer, work->rules); };
    auto ran = co_await workers.run(std::move(job));
    if (!ran) co_return ran.error();
    if (!work->facts) co_return Errc::biometric_failed;
    co_return evidence_of(*work->facts);
}

}  // namespace qrgate
