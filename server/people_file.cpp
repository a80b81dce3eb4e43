#include "server/people_file.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/identity_number.hpp"
#include "protocol/phone_number.hpp"
#include "protocol/strict_json.hpp"
#include "server/csv_reader.hpp"
#include "server/legacy_hash.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_text = 256;

// The fields of a row, in the order of the table in docs/operating.md.
enum Field : std::size_t { kind, number, name, phone, level, evidence, password_hash, fields };
constexpr std::array<std::string_view, fields> field_names{"kind",  "number",   "name",         "phone",
                                                           "level", "evidence", "password_hash"};
using Texts = std::array<std::string, fields>;

std::optional<Field> field_named(std::string_view name_of_it) {
    const auto found = std::ranges::find(field_names, name_of_it);
    if (found == field_names.end()) return std::nullopt;
    return static_cast<Field>(found - field_names.begin());
}

// Which numbers were there: a set of keyed 64-bit hashes, open addressing. The key is of this run, so that
// nobody can write a file of collisions.
class SeenNumbers {
public:
    explicit SeenNumbers(Random& random) : key_(random.bytes<crypto_shorthash_KEYBYTES>()) {}

    // Whether it is there for the first time.
    bool add(PersonKind of, const std::string& text) {
        const std::string whole = fmt::format("{}:{}", name_of(of), text);
        std::uint64_t hash = 0;
        crypto_shorthash(reinterpret_cast<unsigned char*>(&hash),
                         reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), key_.data());
        if (hash == 0) hash = 1;
        if ((count_ + 1) * 4 > slots_.size() * 3) grow();
        return put(hash);
    }

private:
    bool put(std::uint64_t hash) {
        for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at] == hash) return false;
            if (slots_[at] != 0) continue;
            slots_[at] = hash;
            ++count_;
            return true;
        }
    }
    void grow() {
        std::vector<std::uint64_t> old(slots_.size() * 2);
        old.swap(slots_);
        count_ = 0;
        for (const std::uint64_t hash : old)
            if (hash != 0) put(hash);
    }

    std::array<std::uint8_t, crypto_shorthash_KEYBYTES> key_;
    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);
    std::size_t count_ = 0;
};

bool has_controls(std::string_view text) {
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// What is wrong with a row, and where.
struct Fault {
    Field field;
    std::string text;
};

std::optional<Fault> check_text(const Texts& texts) {
    for (std::size_t i = 0; i < fields; ++i) {
        const auto field = static_cast<Field>(i);
        if (!is_clean_utf8(texts[i])) return Fault{field, "is not UTF-8"};
        if (has_controls(texts[i])) return Fault{field, "holds control characters"};
        if (i != password_hash && texts[i].size() > longest_text) return Fault{field, "is too long"};
    }
    return std::nullopt;
}

std::optional<Fault> read_identity(const Texts& texts, NewPerson& person) {
    const auto read_kind = person_kind(texts[kind]);
    if (!read_kind) return Fault{kind, "must be personal or corporate"};
    person.kind = *read_kind;
    person.identity_number = normal_identity_number(texts[number]);
    if (!is_identity_number(person.kind, person.identity_number)) {
        return Fault{number, person.kind == PersonKind::personal
                                 ? "is not a citizen number (18 characters, date and check character)"
                                 : "is not a unified social credit code (18 characters, check character)"};
    }
    if (texts[name].empty()) return Fault{name, "is empty"};
    person.name = texts[name];
    if (!texts[phone].empty()) {
        person.phone = normal_phone_number(texts[phone]);
        if (!is_phone_number(person.phone)) return Fault{phone, "is not a mobile number of 11 digits"};
    }
    return std::nullopt;
}

std::optional<Fault> read_rights(const Texts& texts, NewPerson& person) {
    const std::string& digit = texts[level];
    if (digit != "1" && digit != "2" && digit != "3") return Fault{level, "must be 1, 2 or 3"};
    person.level = digit[0] - '0';
    if (person.level > 1 && texts[evidence].empty())
        return Fault{evidence, "is empty, but the level is higher than 1"};
    person.level_evidence = "import:" + texts[evidence];
    if (!texts[password_hash].empty()) {
        ImportedHash read = read_imported_hash(texts[password_hash]);
        if (!read.fault.empty()) return Fault{password_hash, std::string(read.fault)};
        person.password_hash = std::move(read.stored);
    }
    return std::nullopt;
}

std::string text_of(const boost::json::value& value) {
    if (value.is_string()) return std::string(value.as_string());
    if (value.is_int64()) return std::to_string(value.as_int64());
    if (value.is_uint64()) return std::to_string(value.as_uint64());
    return {};
}

bool is_taken(const boost::json::value& value) {
    return value.is_string() || value.is_int64() || value.is_uint64() || value.is_null();
}

}  // namespace

PeopleFormat people_format(std::string_view name_of_it, const std::filesystem::path& file) {
    std::string word(name_of_it);
    if (word.empty()) word = file.extension().string();
    if (word == "csv" || word == ".csv") return PeopleFormat::csv;
    if (word == "jsonl" || word == ".jsonl" || word == ".ndjson") return PeopleFormat::json_lines;
    throw std::runtime_error(
        "the format is not known by the file's name: give --format csv or --format jsonl");
}

struct PeopleFile::State {
    State(const std::filesystem::path& path, PeopleFormat of, Random& random)
        : in(path, std::ios::binary), format(of), csv(in), seen(random) {
        std::error_code fault;
        const auto octets = std::filesystem::file_size(path, fault);
        if (!in || fault) throw std::runtime_error(fmt::format("{} cannot be read", path.string()));
        size = static_cast<std::int64_t>(octets);
        if (in.peek() == 0xEF) in.ignore(3);  // the mark that some programs put before UTF-8
        if (format == PeopleFormat::csv) read_header();
    }

    void read_header() {
        if (!csv.next(record) || !record.fault.empty())
            throw std::runtime_error("the file has no header line with the names of its fields");
        for (const std::string& word : record.fields) {
            const auto field = field_named(word);
            if (!field) {
                throw std::runtime_error(fmt::format("field {} of the header is none of: {}",
                                                     columns.size() + 1, fmt::join(field_names, ", ")));
            }
            if (std::ranges::count(columns, *field) != 0)
                throw std::runtime_error(fmt::format("the header names {} twice", field_names[*field]));
            columns.push_back(*field);
        }
        for (const Field needed : {kind, number, name, level}) {
            if (std::ranges::count(columns, needed) == 0)
                throw std::runtime_error(fmt::format("the header does not name {}", field_names[needed]));
        }
    }

    // The texts of the next row; its own faults go into `row`. false: the end.
    bool read_csv(PeopleRow& row, Texts& texts) {
        if (!csv.next(record)) return false;
        row.line = record.line;
        if (!record.fault.empty()) {
            row.field = "row";
            row.fault = record.fault;
        } else if (record.fields.size() != columns.size()) {
            row.field = "row";
            row.fault = fmt::format("has {} fields, the header has {}", record.fields.size(), columns.size());
        } else {
            for (std::size_t i = 0; i < columns.size(); ++i)
                texts[columns[i]] = std::move(record.fields[i]);
        }
        return true;
    }

    bool read_json(PeopleRow& row, Texts& texts) {
        do {
            ++lines;
            if (!read_line()) return false;
        } while (line.find_first_not_of(" \t\r") == std::string::npos);
        row.line = lines;
        const auto object =
            line.size() > CsvReader::longest_record ? std::nullopt : parse_strict_object(line);
        row.field = "row";
        if (!object) {
            row.fault = "is not one JSON object with each name once";
            return true;
        }
        for (const auto& [key, value] : *object) {
            const auto field = field_named(key);
            if (!field) {
                row.fault = "has a name that is none of the fields";
                return true;
            }
            if (!is_taken(value)) {
                row.field = field_names[*field];
                row.fault = "must be a text";
                return true;
            }
            texts[*field] = text_of(value);
        }
        row.field.clear();
        return true;
    }

    // A line, of which no more is kept than is looked at.
    bool read_line() {
        line.clear();
        int c = in.rdbuf()->sbumpc();
        if (c == std::istream::traits_type::eof()) return false;
        for (; c != std::istream::traits_type::eof(); c = in.rdbuf()->sbumpc()) {
            ++octets_of_lines;
            if (c == '\n') break;
            if (line.size() <= CsvReader::longest_record) line += static_cast<char>(c);
        }
        return true;
    }

    std::ifstream in;
    PeopleFormat format;
    CsvReader csv;
    SeenNumbers seen;
    CsvRecord record = {};
    std::vector<Field> columns = {};
    std::string line = {};
    std::int64_t lines = 0;
    std::int64_t octets_of_lines = 0;
    std::int64_t rows = 0;
    std::int64_t size = 0;
};

PeopleFile::PeopleFile(const std::filesystem::path& file, PeopleFormat format, Random& random)
    : state_(std::make_unique<State>(file, format, random)) {}

PeopleFile::~PeopleFile() = default;

bool PeopleFile::next(PeopleRow& row) {
    row = PeopleRow();
    Texts texts;
    const bool there =
        state_->format == PeopleFormat::csv ? state_->read_csv(row, texts) : state_->read_json(row, texts);
    if (!there) return false;
    row.row = ++state_->rows;
    if (!row.fault.empty()) return true;
    auto fault = check_text(texts);
    if (!fault) fault = read_identity(texts, row.person);
    if (!fault) fault = read_rights(texts, row.person);
    if (!fault && !state_->seen.add(row.person.kind, row.person.identity_number))
        fault = Fault{number, "is in the file twice"};
    if (fault) {
        row.field = field_names[fault->field];
        row.fault = std::move(fault->text);
    }
    return true;
}

std::int64_t PeopleFile::octets_read() const noexcept {
    return state_->format == PeopleFormat::csv ? state_->csv.octets_read() : state_->octets_of_lines;
}

std::int64_t PeopleFile::size() const noexcept {
    return state_->size;
}

}  // namespace qrgate
