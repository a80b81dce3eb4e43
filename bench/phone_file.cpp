// Enrolled phones between two runs.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>

#include "bench/answers.hpp"
#include "bench/phone.hpp"

namespace qrgate::bench {

void save_phones(const std::filesystem::path& file, const std::vector<PhoneMemory>& phones) {
    // Made for its owner alone before anything is in it.
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || ::fchmod(descriptor, 0600) != 0)
        throw CannotMeasure(fmt::format("{} cannot be written", file.string()));
    ::close(descriptor);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    for (const PhoneMemory& phone : phones) {
        out << boost::json::serialize(boost::json::object{{"number", phone.number},
                                                          {"phone", phone.phone},
                                                          {"device", phone.device},
                                                          {"token", phone.token},
                                                          {"person", phone.person},
                                                          {"serial", phone.serial},
                                                          {"verifier", phone.verifier},
                                                          {"key", phone.key}})
            << '\n';
    }
    out.flush();
    if (!out) throw CannotMeasure(fmt::format("{} cannot be written", file.string()));
}

std::vector<PhoneMemory> load_phones(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<PhoneMemory> phones;
    for (std::string line; std::getline(in, line);) {
        const boost::json::object row = object_of(Reply{.status = 200, .headers = {}, .body = line});
        PhoneMemory phone{.number = text_of(row, "number"),
                          .phone = text_of(row, "phone"),
                          .device = text_of(row, "device"),
                          .token = text_of(row, "token"),
                          .person = text_of(row, "person"),
                          .serial = text_of(row, "serial"),
                          .verifier = text_of(row, "verifier"),
                          .key = text_of(row, "key")};
        if (phone.token.empty() || phone.serial.empty() || phone.key.empty())
            throw CannotMeasure(fmt::format("{} is no file of phones", file.string()));
        phones.push_back(std::move(phone));
    }
    return phones;
}

}  // namespace qrgate::bench
