#include "bench/options.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

namespace qrgate::bench {
namespace {

namespace po = boost::program_options;

template <class Number>
std::optional<Number> read_number(std::string_view text) {
    Number value{};
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<OptionRow> rows_of(const SubCommand& command) {
    std::vector<OptionRow> rows = command.own;
    for (const OptionRow& row : common_options()) {
        auto same = [&row](const OptionRow& own) { return own.name == row.name; };
        if (std::ranges::none_of(command.own, same)) rows.push_back(row);
    }
    return rows;
}

void check_value(const OptionRow& row, const std::string& value) {
    if (row.kind == OptionKind::whole && !read_number<std::uint64_t>(value))
        throw WrongOptions(fmt::format("--{} wants a whole number, not \"{}\"", row.name, value));
    if (row.kind != OptionKind::real) return;
    auto number = read_number<double>(value);
    if (!number || !std::isfinite(*number) || *number < 0)
        throw WrongOptions(
            fmt::format("--{} wants a number that is not below zero, not \"{}\"", row.name, value));
}

bool is_one_of(std::string_view words, std::string_view word) {
    while (true) {
        std::size_t bar = words.find('|');
        if (words.substr(0, bar) == word) return true;
        if (bar == std::string_view::npos) return false;
        words.remove_prefix(bar + 1);
    }
}

po::options_description described(const std::vector<OptionRow>& rows) {
    po::options_description all;
    for (const OptionRow& row : rows) {
        std::string name(row.name);
        std::string help(row.help);
        if (!row.fallback.empty()) help += fmt::format(" [{}]", row.fallback);
        if (row.kind == OptionKind::on)
            all.add_options()(name.c_str(), help.c_str());
        else
            all.add_options()(name.c_str(), po::value<std::vector<std::string>>(), help.c_str());
    }
    return all;
}

}  // namespace

const std::vector<OptionRow>& common_options() {
    using enum OptionKind;
    static const std::vector<OptionRow> rows{
        {"url", list, "", "the server, http:// or https://; again for each further one"},
        {"server-pid", list, "", "its process, for processor time and memory; as many as --url"},
        {"seconds", real, "30", "how long is measured"},
        {"warmup", real, "3", "seconds before that, not counted"},
        {"rate", real, "", "asks a second, open loop; not given: flat out, where that is possible"},
        {"connections", whole, "64", "HTTP connections at most"},
        {"seats", whole, "", "browsers that wait"},
        {"processes", whole, "", "client processes; not given: as many as descriptors need"},
        {"sources", whole, "0", "local addresses 127.0.0.1 to 127.0.0.N; 0: the system's choice"},
        {"people", text, "", "CSV of the people, as `qrgate people import` takes it, with their passwords"},
        {"json", text, "", "write the result into this file"},
        {"quiet", on, "", "no progress, no result on the screen"},
    };
    return rows;
}

Options::Options(const SubCommand& command, const std::vector<std::string>& arguments) {
    const std::vector<OptionRow> rows = rows_of(command);
    po::options_description all = described(rows);
    all.add_options()("word", po::value<std::vector<std::string>>());
    po::positional_options_description positions;
    positions.add("word", -1);
    po::variables_map given;
    try {
        // No guessing: an abbreviation that is unique today is another option tomorrow.
        auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(arguments).options(all).positional(positions).style(style).run(),
                  given);
    } catch (const po::error& wrong) {
        throw WrongOptions(wrong.what());
    }
    auto words =
        given.count("word") ? given["word"].as<std::vector<std::string>>() : std::vector<std::string>{};
    if (command.words.empty() ? !words.empty() : words.size() != 1 || !is_one_of(command.words, words[0]))
        throw WrongOptions(command.words.empty()
                               ? fmt::format("{} takes no word such as \"{}\"", command.name, words[0])
                               : fmt::format("after {} comes one of {}", command.name, command.words));
    if (!words.empty()) word_ = words[0];
    for (const OptionRow& row : rows) {
        std::string name(row.name);
        std::vector<std::string> values;
        if (given.count(name) && row.kind == OptionKind::on)
            values = {"yes"};
        else if (given.count(name))
            values = given[name].as<std::vector<std::string>>();
        else if (!row.fallback.empty())
            values = {std::string(row.fallback)};
        if (values.size() > 1 && row.kind != OptionKind::list)
            throw WrongOptions(fmt::format("--{} was given more than once", name));
        for (const std::string& value : values)
            check_value(row, value);
        if (!values.empty()) values_[name] = std::move(values);
    }
}

bool Options::given(std::string_view name) const {
    return values_.contains(name);
}

std::string Options::text(std::string_view name) const {
    auto found = values_.find(name);
    return found == values_.end() ? std::string{} : found->second.front();
}

std::uint64_t Options::whole(std::string_view name) const {
    return read_number<std::uint64_t>(text(name)).value_or(0);
}

double Options::real(std::string_view name) const {
    return read_number<double>(text(name)).value_or(0.0);
}

Duration Options::seconds(std::string_view name) const {
    return Duration{std::llround(std::min(real(name), 86'400.0) * 1e9)};
}

bool Options::on(std::string_view name) const {
    return given(name);
}

std::vector<std::string> Options::list(std::string_view name) const {
    auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<Target> Options::targets() const {
    std::vector<Target> targets;
    for (const std::string& url : list("url")) {
        auto target = parse_target(url);
        if (!target)
            throw WrongOptions("--url wants http://host:port or https://host:port, not \"" + url + "\"");
        targets.push_back(*target);
    }
    if (targets.empty()) throw WrongOptions("--url is needed: the server to measure");
    return targets;
}

std::vector<pid_t> Options::server_pids() const {
    std::vector<pid_t> pids;
    for (const std::string& text : list("server-pid")) {
        auto pid = read_number<pid_t>(text);
        if (!pid || *pid <= 0) throw WrongOptions("--server-pid wants a process id, not \"" + text + "\"");
        pids.push_back(*pid);
    }
    std::size_t servers = list("url").size();
    if (!pids.empty() && servers > 1 && pids.size() != servers)
        throw WrongOptions("--server-pid is given once for each --url, or not at all");
    return pids;
}

std::vector<std::string> Options::sources() const {
    std::uint64_t count = whole("sources");
    if (count > 254) throw WrongOptions("--sources is at most 254");
    if (count == 0) return {std::string{}};
    std::vector<std::string> sources;
    for (std::uint64_t at = 1; at <= count; ++at)
        sources.push_back(fmt::format("127.0.0.{}", at));
    return sources;
}

std::map<std::string, std::string> Options::settings() const {
    std::map<std::string, std::string> kept;
    for (const auto& [name, values] : values_)
        if (name != "json" && name != "quiet") kept[name] = fmt::format("{}", fmt::join(values, " "));
    if (!word_.empty()) kept["word"] = word_;
    return kept;
}

std::string help_text(const SubCommand& command) {
    std::string text = fmt::format("qrgate-bench {}{}{} [options]: {}\n\n", command.name,
                                   command.words.empty() ? "" : " ", command.words, command.line);
    for (const OptionRow& row : rows_of(command)) {
        std::string name = fmt::format("--{}{}", row.name, row.kind == OptionKind::on ? "" : " …");
        // The ellipsis is one column and three octets.
        std::size_t width = row.kind == OptionKind::on ? 20 : 22;
        fmt::format_to(std::back_inserter(text), "  {}{}{}{}\n", name,
                       std::string(name.size() < width ? width - name.size() : 1, ' '), row.help,
                       row.fallback.empty() ? "" : fmt::format(" [{}]", row.fallback));
    }
    return text + fmt::format("\nExample: qrgate-bench {} {}\n", command.name, command.example);
}

}  // namespace qrgate::bench
