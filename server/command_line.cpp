#include "server/command_line.hpp"

#include <fmt/format.h>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <sstream>
#include <stdexcept>

#include "protocol/bytes.hpp"
#include "server/audit_commands.hpp"
#include "server/desk_commands.hpp"
#include "server/key_commands.hpp"
#include "server/operator_commands.hpp"

namespace qrgate {

namespace {

namespace po = boost::program_options;

constexpr std::string_view environment_prefix = "QRGATE_";

po::options_description visible_options() {
    po::options_description options("Options");
    options.add_options()                                                                                  //
        ("config", po::value<std::string>(), "settings file (docs/configuration.md)")                      //
        ("set", po::value<std::vector<std::string>>()->composing(), "one setting: --set name=value")       //
        ("port", po::value<std::string>(), "server.port; the admin port is the next one unless set")       //
        ("data", po::value<std::string>(), "data.folder: keys, CA, private PostgreSQL")                    //
        ("demo", "serve: demo people, outbox and clock; only on a loopback origin")                        //
        ("bench", "serve: load tests; only on this machine; allows login.captcha=off")                     //
        ("output", po::value<std::string>(), "receipt export, audit export: to this file")                 //
        ("ca", po::value<std::string>(), "receipt verify: the CA certificate to trust (PEM)")              //
        ("format", po::value<std::string>(), "people import: csv or jsonl; else by the file's extension")  //
        ("from", po::value<std::string>(), "audit: sealed from this day or time on (UTC)")                 //
        ("to", po::value<std::string>(), "audit: up to this one")                                          //
        ("dry-run", "people import: check every row, change nothing")                                      //
        ("strict", "people import: change nothing unless every row is good")                               //
        ("level", po::value<std::string>(), "desk raise: 2 or 3")                                          //
        ("evidence", po::value<std::string>(), "desk: what was seen; no numbers, no names")                //
        ("operator", po::value<std::string>(), "desk: who does this")                                      //
        ("after", po::value<std::string>(), "keys rotate: until servers use the new key (60s)")            //
        ("grant-to", po::value<std::string>(), "migrate: the role that servers run as")                    //
        ("help", "this text")                                                                              //
        ("version", "the version of this build");
    return options;
}

void add_override(CommandLine& line, const std::string& assignment) {
    std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw std::runtime_error(fmt::format("--set {}: write it as name=value", assignment));
    }
    line.overrides[assignment.substr(0, equals)] = assignment.substr(equals + 1);
}

void add_port(CommandLine& line, const std::string& port) {
    line.overrides["server.port"] = port;
    bool digits =
        !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return;  // the settings table says what is wrong with it
    int number = std::stoi(port);
    if (number > 0)
        line.overrides.try_emplace("admin.port", std::to_string(number < 65535 ? number + 1 : number - 1));
    if (line.demo) line.overrides.try_emplace("server.public_origin", "http://localhost:" + port);
}

// Ids are base64url of 16 octets: one in 64 begins with a dash, and is no option for that.
std::vector<po::option> id_as_word(std::vector<std::string>& rest) {
    if (!rest.front().starts_with('-')) return {};
    auto octets = from_base64url(rest.front());
    if (!octets || octets->size() != 16) return {};
    po::option word;
    word.value = {rest.front()};
    word.original_tokens = word.value;
    rest.erase(rest.begin());
    return {word};
}

}  // namespace

CommandLine parse_command_line(int count, const char* const* values) {
    po::options_description all = visible_options();
    all.add_options()("word", po::value<std::vector<std::string>>(), "");
    po::positional_options_description words;
    words.add("word", -1);
    po::variables_map given;
    try {
        po::command_line_parser parser(count, values);
        po::store(parser.options(all).positional(words).extra_style_parser(id_as_word).run(), given);
    } catch (const po::error& error) {
        throw std::runtime_error(error.what());
    }
    auto text = [&given](const char* name) {
        return given.count(name) ? given[name].as<std::string>() : std::string();
    };
    CommandLine line;
    line.help = given.count("help") != 0;
    line.version = given.count("version") != 0;
    line.demo = given.count("demo") != 0;
    line.bench = given.count("bench") != 0;
    line.config_file = text("config");
    line.output = text("output");
    line.ca = text("ca");
    line.level = text("level");
    line.evidence = text("evidence");
    line.by = text("operator");
    line.after = text("after");
    line.grant_to = text("grant-to");
    line.format = text("format");
    line.from = text("from");
    line.to = text("to");
    line.dry_run = given.count("dry-run") != 0;
    line.strict = given.count("strict") != 0;
    if (given.count("word")) line.words = given["word"].as<std::vector<std::string>>();
    if (given.count("set")) {
        for (const std::string& assignment : given["set"].as<std::vector<std::string>>())
            add_override(line, assignment);
    }
    if (given.count("port")) add_port(line, text("port"));
    if (given.count("data")) line.overrides["data.folder"] = text("data");
    return line;
}

std::string command_line_help() {
    std::string options;
    {
        std::ostringstream out;
        out << visible_options();
        options = out.str();
    }
    return "qrgate: login by password, SMS code or QR code with a phone's certificate\n\n"
           "  qrgate serve [--demo]               the server\n"
           "  qrgate migrate [--grant-to ROLE]    bring the database to this build's schema\n"
           "  qrgate config check                 read the settings and say what is wrong\n"
           "  qrgate config page                  print docs/configuration.md\n"
           "  qrgate refusals page                print docs/refusals.md\n" +
           key_commands_help() + desk_commands_help() + operator_commands_help() + audit_commands_help() +
           "\n" + options;
}

LoadedConfig config_of(const CommandLine& line, const std::vector<std::string>& environment) {
    std::map<std::string, std::string> ours;
    for (const std::string& variable : environment) {
        std::size_t equals = variable.find('=');
        if (variable.starts_with(environment_prefix) && equals != std::string::npos) {
            ours[variable.substr(0, equals)] = variable.substr(equals + 1);
        }
    }
    LoadedConfig loaded = load_config(line.config_file, ours, line.overrides);
    loaded.config.demo = line.demo;
    loaded.config.bench = line.bench;
    // A demo is opened by name, and browsers try both of its addresses.
    if (line.demo && loaded.config.listen_address == "127.0.0.1") loaded.config.listen_address = "localhost";
    for (ConfigProblem& problem : check_config(loaded.config))
        loaded.problems.push_back(std::move(problem));
    return loaded;
}

}  // namespace qrgate
