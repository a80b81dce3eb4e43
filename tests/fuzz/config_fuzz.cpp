// The file of settings: whatever is in it, it is read or each of its faults is named, in one line without
// what a secret setting says; reading it twice gives the same.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "server/config.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

// Memory of this process under a name, rewritten for each input.
std::filesystem::path file_with(std::string_view text) {
    static const std::string path = "/tmp/qrgate-fuzz-config-" + std::to_string(::getpid());
    static const struct Remover {
        ~Remover() { std::remove(path.c_str()); }
    } remover;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    return path;
}

void judge(const LoadedConfig& loaded) {
    for (const ConfigProblem& problem : loaded.problems) {
        must(!problem.text.empty(), "a fault is named");
        must(problem.text.find('\n') == std::string::npos, "in one line");
        must(problem.text.find("S3cretKeyOfTheCorpus") == std::string::npos, "no secret is told");
    }
    check_config(loaded.config);
    if (!loaded.problems.empty()) return;
    must(loaded.config.time_factor >= 1 && loaded.config.easy_factor >= 1, "times only become longer");
    must(loaded.config.header_limit > 0 && loaded.config.body_limit > 0, "limits are limits");
    must(!loaded.config.demo && !loaded.config.bench, "modes are set by the command line only");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const LoadedConfig first = load_config(file_with(input), {}, {});
    judge(first);
    const LoadedConfig second = load_config(file_with(input), {}, {});
    must(first.problems.size() == second.problems.size(), "the same twice");
    // One line as a variable of the environment and as an option.
    const std::size_t equals = input.find('=');
    if (equals != std::string_view::npos && input.find('\0') == std::string_view::npos) {
        const std::string name(input.substr(0, equals));
        const std::string value(input.substr(equals + 1));
        judge(load_config({}, {{"QRGATE_" + name, value}}, {}));
        judge(load_config({}, {}, {{name, value}}));
    }
    return 0;
}
