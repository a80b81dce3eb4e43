#include "bench/sessions_file.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fstream>

#include "protocol/bytes.hpp"
#include "protocol/cookie.hpp"
#include "protocol/error.hpp"
#include "server/config.hpp"
#include "server/database.hpp"
#include "server/random.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {
namespace {

constexpr std::size_t at_once = 64;  // statements that share a commit

// Kind and number of everybody in the file: the columns `kind` and `number`, no quotes.
std::vector<std::pair<PersonKind, std::string>> people_of(const std::string& file) {
    // Who is always in a demo.
    if (file.empty()) return {{PersonKind::personal, "110101190001010014"}};
    std::ifstream in(file);
    auto cells = [](const std::string& line) {
        std::vector<std::string> out{""};
        for (char c : line)
            if (c == ',')
                out.emplace_back();
            else if (c != '\r')
                out.back() += c;
        return out;
    };
    std::string line;
    std::getline(in, line);
    auto header = cells(line);
    auto column = [&](const char* name) {
        auto found = std::ranges::find(header, name);
        if (found == header.end()) throw CannotMeasure(fmt::format("{} has no column {}", file, name));
        return static_cast<std::size_t>(found - header.begin());
    };
    const std::size_t kind = column("kind"), number = column("number");
    std::vector<std::pair<PersonKind, std::string>> people;
    while (std::getline(in, line)) {
        auto row = cells(line);
        if (row.size() <= std::max(kind, number)) continue;
        if (auto known = person_kind(row[kind])) people.emplace_back(*known, row[number]);
    }
    if (people.empty()) throw CannotMeasure("nobody is in " + file);
    return people;
}

struct Writer {
    Storage& storage;
    SystemRandom& random;
    std::vector<std::string> person_ids = {};
    std::vector<std::string> values = {};
    std::size_t count = 0;
    std::size_t begun = 0;
    std::string fault = {};
};

Task<void> find_people(Writer& writer, std::vector<std::pair<PersonKind, std::string>> people) {
    for (const auto& [kind, number] : people) {
        if (writer.person_ids.size() >= writer.count) break;
        auto found = co_await writer.storage.find_person(kind, number);
        if (!found) {
            writer.fault = fmt::format("the database does not answer ({})", info(found.error()).code);
            co_return;
        }
        if (*found) writer.person_ids.push_back((*found)->id);
    }
    if (writer.person_ids.empty()) writer.fault = "none of these people is in the database";
}

Task<void> write_some(Writer& writer) {
    while (writer.begun < writer.count && writer.fault.empty()) {
        const std::size_t number = writer.begun++;
        std::string value = base64url(writer.random.bytes<32>());
        const auto now = std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
        NewSession session;
        session.id = base64url(writer.random.bytes<16>());
        session.token_hash = sha256(as_bytes(value));
        session.opened_at = now - 2 * use_written_every;
        session.idle = std::chrono::hours{12};
        session.expires_at = now + std::chrono::hours{12};
        session.present_within = std::chrono::hours{12};
        session.address = "127.0.0.1";
        session.browser = "unknown on unknown";
        auto opened =
            co_await writer.storage.open_session(writer.person_ids[number % writer.person_ids.size()],
                                                 std::nullopt, session, Trace{.address = "127.0.0.1"});
        if (!opened) {
            writer.fault = fmt::format("a session was refused ({})", info(opened.error()).code);
            co_return;
        }
        // Of sessions that have lived for a while, the next uses are to be written evenly over a minute.
        const auto before =
            use_written_every * static_cast<double>(number) / static_cast<double>(writer.count);
        auto used = co_await writer.storage.use_session(
            session.token_hash, session.kind, now - std::chrono::duration_cast<WallTime::duration>(before));
        if (used && *used)
            writer.values.push_back(std::move(value));
        else
            writer.fault = "a session cannot be used";
    }
}

Task<void> work(Writer& writer, Database& database, std::vector<std::pair<PersonKind, std::string>> people) {
    auto executor = co_await asio::this_coro::executor;
    // The connections are made in the background.
    for (int tries = 0; tries < 100 && !(co_await writer.storage.ready()); ++tries) {
        Timer pause(executor, std::chrono::milliseconds{50});
        co_await pause.async_wait(use_task);
    }
    co_await find_people(writer, std::move(people));
    Timer bell(executor, Timer::time_point::max());
    std::size_t running = at_once;
    for (std::size_t n = 0; n < at_once; ++n)
        asio::co_spawn(executor, write_some(writer), [&](std::exception_ptr thrown) {
            if (thrown) writer.fault = "a session could not be written";
            if (--running == 0) bell.cancel();
        });
    boost::system::error_code rung;
    co_await bell.async_wait(asio::redirect_error(use_task, rung));
    co_await database.close();
}

int run(const Options& options) {
    for (const char* name : {"data", "out"})
        if (!options.given(name)) throw WrongOptions(fmt::format("--{} is needed", name));
    Config config;
    config.data_folder = options.text("data");
    config.database = options.text("database");
    if (!std::filesystem::exists(config.data_folder / "keys"))
        throw CannotMeasure(config.data_folder.string() + " is no server's data folder: it has no keys");
    auto people = people_of(options.text("people"));
    asio::io_context context(1);
    SystemRandom random;
    Database database(context.get_executor(), config, random, [](std::string_view) {});
    Writer writer{.storage = database.storage(), .random = random, .count = options.whole("count")};
    std::exception_ptr failure;
    asio::co_spawn(context, work(writer, database, std::move(people)), [&](std::exception_ptr thrown) {
        failure = thrown;
        context.stop();  // what watches the private PostgreSQL would go on
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    if (!writer.fault.empty()) throw CannotMeasure(writer.fault);
    std::ofstream out(options.text("out"), std::ios::trunc);
    const std::string name = cookie_name(CookieName::session, options.on("https"));
    for (const std::string& value : writer.values)
        out << name << '=' << value << '\n';
    out.close();
    if (!out) throw CannotMeasure("cannot write " + options.text("out"));
    if (!options.on("quiet")) fmt::print("{} sessions in {}\n", writer.values.size(), options.text("out"));
    return 0;
}

}  // namespace

SubCommand sessions_command() {
    using enum OptionKind;
    return {.name = "sessions",
            .line =
                "no measurement: writes live sessions, each used within the last minute, into the server's "
                "database, for verify",
            .words = "",
            .own = {{"data", text, "", "the server's data folder (its field keys, its private PostgreSQL)"},
                    {"database", text, "", "connection string, where the server has a database of its own"},
                    {"count", whole, "10000", "how many, spread over --people (the demo's lin without)"},
                    {"out", text, "", "the file: a cookie a line, for verify --sessions"},
                    {"https", on, "", "cookies as they are named over https"}},
            .example = "--data data --count 10000 --out sessions.txt",
            .run = run};
}

}  // namespace qrgate::bench
