// The small jobs of one QR login, side by side in one run: compare the ratios, which travel between machines,
// not the times. One SM2 verification is the unit that docs/architecture.md counts in.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "protocol/signed_text.hpp"
#include "protocol/token.hpp"

namespace qrgate {
namespace {

class OpensslRandom : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
            throw std::runtime_error("no randomness");
    }
};

void make_one_token(benchmark::State& state) {
    OpensslRandom random;
    const TokenRing ring;
    for (auto _ : state)
        benchmark::DoNotOptimize(make_token(ring, WallTime{} + std::chrono::hours(1), random));
}
BENCHMARK(make_one_token);

void check_one_token(benchmark::State& state) {
    OpensslRandom random;
    const TokenRing ring;
    const std::string token = make_token(ring, WallTime{} + std::chrono::hours(1), random);
    for (auto _ : state)
        benchmark::DoNotOptimize(check_token(ring, token));
}
BENCHMARK(check_one_token);

SignedLogin example() {
    return {.origin = "https://login.example",
            .ticket = std::string(32, 'T'),
            .nonce = std::string(43, 'n'),
            .person = std::string(22, 'p'),
            .certificate = std::string(32, 'c'),
            .family = "Firefox",
            .os = "Linux",
            .address = "192.0.2.1"};
}

void build_signed_text(benchmark::State& state) {
    const SignedLogin login = example();
    for (auto _ : state)
        benchmark::DoNotOptimize(signed_text(login));
}
BENCHMARK(build_signed_text);

struct Sm2 {
    using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
    static constexpr std::string_view identity = "1234567812345678";

    static void need(bool fine) {
        if (!fine) throw std::runtime_error("OpenSSL refused an SM2 step");
    }
    // OpenSSL 3.0 has no default identity: it is set on both sides.
    static void set_identity(EVP_PKEY_CTX* parameters) {
        need(EVP_PKEY_CTX_set1_id(parameters, identity.data(), static_cast<int>(identity.size())) == 1);
    }

    Sm2() {
        Context context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
        EVP_PKEY_CTX* parameters = nullptr;
        need(EVP_DigestSignInit(context.get(), &parameters, EVP_sm3(), nullptr, key.get()) == 1);
        set_identity(parameters);
        std::size_t size = 0;
        const ByteView octets = as_bytes(text);
        need(EVP_DigestSign(context.get(), nullptr, &size, octets.data(), octets.size()) == 1);
        signature.resize(size);
        need(EVP_DigestSign(context.get(), signature.data(), &size, octets.data(), octets.size()) == 1);
        signature.resize(size);
    }

    bool verify() const {
        Context context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
        EVP_PKEY_CTX* parameters = nullptr;
        need(EVP_DigestVerifyInit(context.get(), &parameters, EVP_sm3(), nullptr, key.get()) == 1);
        set_identity(parameters);
        const ByteView octets = as_bytes(text);
        return EVP_DigestVerify(context.get(), signature.data(), signature.size(), octets.data(),
                                octets.size()) == 1;
    }

    Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"), EVP_PKEY_free};
    std::string text = signed_text(example());
    Bytes signature{};
};

void verify_sm2(benchmark::State& state) {
    const Sm2 sm2;
    Sm2::need(sm2.verify());
    for (auto _ : state)
        benchmark::DoNotOptimize(sm2.verify());
}
BENCHMARK(verify_sm2);

class Ratios : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs)
            times_[run.benchmark_name()] = run.GetAdjustedCPUTime();
    }
    void Finalize() override {
        const auto unit = times_.find("verify_sm2");
        if (unit == times_.end()) return;
        std::puts("\nhow many of it one SM2 verification costs:");
        for (const auto& [name, time] : times_)
            std::printf("  %-20s %8.1f\n", name.c_str(), unit->second / time);
    }

private:
    std::map<std::string, double> times_;
};

}  // namespace
}  // namespace qrgate

int main(int count, char** arguments) {
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
    qrgate::Ratios reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    return 0;
}
