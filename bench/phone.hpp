// A simulated phone against the real API (docs/protocol.md section 5): its own login, a certificate with an
// SM2 key made here, and the logins of browsers that it scans, unlocks, signs, confirms or denies. It signs
// only a text that names our origin, the ticket, the person and the certificate, as a real one does. Steps
// answer a fault to be counted ("scan_409_ticket_taken"), empty when they went well. Owned by its load; one
// thread; one request at a time. The passphrase's slow derivation is left out: 32 random octets stand for
// what comes out of it, because the server cannot tell.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/http_client.hpp"
#include "bench/people.hpp"
#include "bench/sm2_key.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

// What a phone keeps; enrolled once, usable for as long as the server keeps its session (30 days).
struct PhoneMemory {
    std::string number = {};  // of the person
    std::string phone = {};
    std::string device = {};  // base64url of 16 octets
    std::string token = {};
    std::string person = {};    // id
    std::string serial = {};    // of the certificate
    std::string verifier = {};  // base64url of 32 octets
    std::string key = {};       // PEM
};

// One JSON object a line, mode 0600. Private keys of load tests only. Throws CannotMeasure.
void save_phones(const std::filesystem::path& file, const std::vector<PhoneMemory>& phones);
std::vector<PhoneMemory> load_phones(const std::filesystem::path& file);

// What must stand in a text before a phone signs it.
struct Expected {
    std::string origin = {};
    std::string ticket = {};
    std::string person = {};
    std::string certificate = {};
};
// Empty: it may be signed; else the line that is not as it should be.
std::string fault_of_text(const std::string& text, const Expected& expected);

class Phone {
public:
    Phone(Executor executor, Target target, std::string source = {});

    Task<std::string> enrol(BenchPerson person);
    // Takes what an earlier run enrolled. Whether this server still knows it is asked by still_known().
    void remember(PhoneMemory memory);
    Task<bool> still_known();

    // The text to be signed goes to `text`.
    Task<std::string> scan(std::string token, std::string& text);
    Task<std::string> unlock();
    // base64url, for confirm(); empty: the phone refuses this text (`why` says which line).
    std::string sign(const std::string& token, const std::string& text, std::string& why) const;
    Task<std::string> confirm(std::string token, std::string signature);
    Task<std::string> deny(std::string token);
    // "scanned", "confirmed" …; empty: no answer.
    Task<std::string> state(std::string token);

    const PhoneMemory& memory() const noexcept { return memory_; }

private:
    Task<Reply> ask(std::string method, std::string path, boost::json::object body);
    Task<std::string> log_in(BenchPerson person);
    Task<std::string> make_certificate();

    std::string origin_;
    HttpClient client_;
    PhoneMemory memory_{};
    std::optional<Sm2Key> key_{};
};

// The newest code sent to this phone, by the demo's door. Throws CannotMeasure where the server has none.
Task<std::string> code_sent_to(HttpClient& client, std::string phone);

}  // namespace qrgate::bench
