// The command line of one sub-command: what everyone takes, and a table of its own. Values; one thread.
// Errors: WrongOptions with one plain line (the program ends with 2).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/histogram.hpp"
#include "bench/http_client.hpp"

namespace qrgate::bench {

struct WrongOptions : std::runtime_error {
    using runtime_error::runtime_error;
};
// What was asked for could not be measured: one plain line (the program ends with 1).
struct CannotMeasure : std::runtime_error {
    using runtime_error::runtime_error;
};

enum class OptionKind : std::uint8_t { text, whole, real, on, list };  // list: text, may be given again

struct OptionRow {
    std::string_view name;
    OptionKind kind;
    std::string_view fallback;  // empty: not given
    std::string_view help;
};

class Options;

struct SubCommand {
    std::string_view name;
    std::string_view line;               // what it measures
    std::string_view words;              // what follows the name: "password|sms|qr"; empty: nothing
    std::vector<OptionRow> own;          // beside the common ones; a row with a common name replaces it
    std::string_view example;            // its arguments
    int (*run)(const Options& options);  // → 0 measured; throws CannotMeasure
};

// url, server-pid, seconds, warmup, rate, connections, seats, processes, sources, people, json, quiet.
const std::vector<OptionRow>& common_options();

class Options {
public:
    // `arguments`: those after the sub-command's name.
    Options(const SubCommand& command, const std::vector<std::string>& arguments);

    const std::string& word() const noexcept { return word_; }  // "qr" of "login qr"
    bool given(std::string_view name) const;                    // by the user, or it has a fallback
    std::string text(std::string_view name) const;              // empty: not given
    std::uint64_t whole(std::string_view name) const;           // zero: not given
    double real(std::string_view name) const;
    Duration seconds(std::string_view name) const;  // a real
    bool on(std::string_view name) const;
    std::vector<std::string> list(std::string_view name) const;

    // --url, at least one; and --server-pid, none or as many.
    std::vector<Target> targets() const;
    std::vector<pid_t> server_pids() const;
    // "127.0.0.1" … by --sources; one empty text when it is 0: the system's choice.
    std::vector<std::string> sources() const;
    // What was asked for, as a result keeps it: given options and fallbacks, without json and quiet.
    std::map<std::string, std::string> settings() const;
    bool progress_wanted() const { return !on("quiet"); }

private:
    std::string word_{};
    std::map<std::string, std::vector<std::string>, std::less<>> values_{};
};

// "qrgate-bench SUB …", its options and an example.
std::string help_text(const SubCommand& command);

}  // namespace qrgate::bench
