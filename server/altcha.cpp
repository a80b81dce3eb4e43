#include "server/altcha.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <new>

#include "protocol/strict_json.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::string_view algorithm = "PBKDF2/SHA-256";
constexpr std::size_t key_length = 32;
constexpr std::size_t prefix_length = 16;
// Steps of the search: about a third of a second on a new PC, two on an old one.
constexpr std::uint32_t fewest_steps = 50;
constexpr std::uint32_t most_steps = 350;
constexpr std::size_t queue = 64;

// RFC 4648, 4, with padding. OpenSSL counts the padding as octets.
std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::string octets(text.size() / 4 * 3, '\0');
    const int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    octets.resize(static_cast<std::size_t>(length) - padding);
    return octets;
}

const boost::json::object* object_in(const boost::json::object& object, std::string_view key) {
    const boost::json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

std::string text_in(const boost::json::object& object, std::string_view key) {
    const boost::json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_in(const boost::json::object& object, std::string_view key) {
    const boost::json::value* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

// Only what we ourselves would have signed: other members or lengths make another text.
std::optional<AltchaParameters> read_parameters(const boost::json::object& object) {
    const boost::json::object* data = object_in(object, "data");
    const std::int64_t cost = number_in(object, "cost");
    if (data == nullptr || text_in(object, "algorithm") != algorithm || cost < 0 || cost > UINT32_MAX ||
        number_in(object, "keyLength") != static_cast<std::int64_t>(key_length))
        return std::nullopt;
    AltchaParameters parameters;
    parameters.cost = static_cast<std::uint32_t>(cost);
    parameters.holder = text_in(*data, "holder");
    parameters.expires_at = number_in(object, "expiresAt");
    parameters.key_prefix = text_in(object, "keyPrefix");
    parameters.key_signature = text_in(object, "keySignature");
    parameters.nonce = text_in(object, "nonce");
    parameters.salt = text_in(object, "salt");
    for (const std::string* text : {&parameters.holder, &parameters.key_prefix, &parameters.key_signature,
                                    &parameters.nonce, &parameters.salt})
        if (!from_hex(*text)) return std::nullopt;
    return parameters;
}

std::string signature_of(std::string_view key, ByteView octets) {
    return hex(hmac_sha256(as_bytes(key), octets));
}

}  // namespace

std::string canonical(const AltchaParameters& it) {
    // Nothing in it needs escaping: hex, numbers and our own words.
    return fmt::format(
        R"({{"algorithm":"{}","cost":{},"data":{{"holder":"{}"}},"expiresAt":{},"keyLength":{},"keyPrefix":"{}",)"
        R"("keySignature":"{}","nonce":"{}","salt":"{}"}})",
        algorithm, it.cost, it.holder, it.expires_at, key_length, it.key_prefix, it.key_signature, it.nonce,
        it.salt);
}

std::string signed_challenge(const AltchaParameters& parameters, const AltchaKeys& keys) {
    const std::string text = canonical(parameters);
    return fmt::format(R"({{"parameters":{},"signature":"{}"}})", text,
                       signature_of(keys.challenges, as_bytes(text)));
}

Bytes derive_altcha_key(ByteView nonce, ByteView salt, std::uint32_t counter, std::uint32_t cost) {
    Bytes password(nonce.begin(), nonce.end());
    for (int shift = 24; shift >= 0; shift -= 8)
        password.push_back(static_cast<std::uint8_t>(counter >> shift));
    Bytes key(key_length);
    if (PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()),
                          salt.data(), static_cast<int>(salt.size()), static_cast<int>(cost), EVP_sha256(),
                          static_cast<int>(key.size()), key.data()) != 1)
        throw std::bad_alloc();
    return key;
}

std::optional<AltchaSolution> read_altcha(std::string_view payload) {
    const std::optional<std::string> text = from_base64(payload);
    if (!text) return std::nullopt;
    const auto whole = parse_strict_object(*text);
    if (!whole) return std::nullopt;
    const boost::json::object* challenge = object_in(*whole, "challenge");
    const boost::json::object* found = object_in(*whole, "solution");
    if (challenge == nullptr || found == nullptr) return std::nullopt;
    const boost::json::object* parameters = object_in(*challenge, "parameters");
    if (parameters == nullptr) return std::nullopt;

    auto read = read_parameters(*parameters);
    auto key = from_hex(text_in(*found, "derivedKey"));
    if (!read || !key || key->size() != key_length) return std::nullopt;
    return AltchaSolution{std::move(*read), text_in(*challenge, "signature"), std::move(*key)};
}

bool is_solved(const AltchaSolution& solution, const AltchaKeys& keys) {
    const std::string challenge = signature_of(keys.challenges, as_bytes(canonical(solution.parameters)));
    const std::string key = signature_of(keys.solutions, solution.derived_key);
    const bool ours = equal_in_constant_time(as_bytes(challenge), as_bytes(solution.signature));
    return equal_in_constant_time(as_bytes(key), as_bytes(solution.parameters.key_signature)) && ours;
}

Altcha::Altcha(Executor home, std::uint32_t cost, std::chrono::seconds life, std::size_t limit,
               Random& random)
    : keys_{hex(random.bytes<32>()), hex(random.bytes<32>())},
      cost_(cost),
      life_(life),
      limit_(limit),
      random_(random),
      workers_(std::move(home), 1, queue) {}

std::string Altcha::name_of(const Digest& holder) const {
    return signature_of(keys_.challenges, holder).substr(0, 32);
}

Task<Result<std::string>> Altcha::challenge(Digest holder, WallTime now, int patience, int work_times) {
    struct Work {
        std::array<std::uint8_t, 16> nonce;
        std::array<std::uint8_t, 16> salt;
        std::uint32_t counter;
        std::uint32_t cost;
        Bytes key;
    };
    auto work = std::make_shared<Work>(Work{
        random_.bytes<16>(),
        random_.bytes<16>(),
        (fewest_steps + random_.below(most_steps - fewest_steps)) * static_cast<std::uint32_t>(work_times),
        cost_,
        {}});
    std::function<void()> job = [work] {
        work->key = derive_altcha_key(work->nonce, work->salt, work->counter, work->cost);
    };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();

    AltchaParameters parameters;
    parameters.cost = cost_;
    parameters.holder = fmt::format("{}{:02x}", name_of(holder), work_times);
    parameters.expires_at = std::chrono::system_clock::to_time_t(now + life_ * patience);
    parameters.key_prefix = hex(ByteView(work->key).first(prefix_length));
    parameters.key_signature = signature_of(keys_.solutions, work->key);
    parameters.nonce = hex(work->nonce);
    parameters.salt = hex(work->salt);
    co_return signed_challenge(parameters, keys_);
}

std::optional<int> Altcha::take(std::string_view payload, const Digest& holder, WallTime now) {
    const std::optional<AltchaSolution> solution = read_altcha(payload);
    if (!solution || !is_solved(*solution, keys_)) return std::nullopt;
    const std::int64_t seconds = std::chrono::system_clock::to_time_t(now);
    const AltchaParameters& parameters = solution->parameters;
    const std::string name = name_of(holder);
    // Ours, so hex: what follows the name is how much work it is.
    if (parameters.expires_at <= seconds || parameters.holder.size() != name.size() + 2 ||
        !parameters.holder.starts_with(name))
        return std::nullopt;
    const int work = from_hex(std::string_view(parameters.holder).substr(name.size())).value().front();
    while (!used_.empty() && used_.begin()->first <= seconds)
        used_.erase(used_.begin());
    // Forgetting one would let it be used again, so a full set refuses.
    if (used_.size() >= limit_) return std::nullopt;
    if (!used_.emplace(parameters.expires_at, parameters.nonce).second) return std::nullopt;
    return work;
}

}  // namespace qrgate
