// Where an address is, roughly: a table of networks that the operator gives (no network look-ups).
// CSV lines `network,place,kind`: CIDR v4 or v6, a name for people, kind region or datacentre; # comments,
// blank lines and one header line `network,place,kind` are skipped. The longest prefix wins. Without an entry
// loopback is 本机, private networks are 内网, everything else has no name. Constant after reading: any
// thread. Owned by App.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace qrgate {

struct Place {
    std::string name = {};     // empty: not known
    bool data_centre = false;  // a hosting network: a person's browser is seldom there
    bool is_own = false;       // loopback or private, and not in the table: no region to compare
    bool operator==(const Place&) const = default;
};

class PlaceLookup {
public:
    PlaceLookup();  // an empty table
    // Throws std::runtime_error: "places.csv, line 3: …", all wrong lines of the file (at most ten), one a
    // line.
    static PlaceLookup from_file(const std::filesystem::path& file);
    static PlaceLookup from_text(std::string_view csv, std::string_view file_name);

    // `address`: textual IP (v4, v6, v4-mapped v6). Anything else is not known.
    Place of(std::string_view address) const;
    std::size_t size() const noexcept;  // networks of the table

private:
    void add_own_networks();  // loopback and private ones, where the table says nothing

    using Octets = std::array<std::uint8_t, 16>;  // v4 as ::ffff:a.b.c.d, so its prefixes are 96 longer
    std::map<int, std::map<Octets, Place>, std::greater<>> by_length_ =
        {};  // prefix length → network → place
    std::size_t size_ = 0;
};

}  // namespace qrgate
