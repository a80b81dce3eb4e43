// docs/configuration.md out of the table.
#include <fmt/format.h>

#include "server/config_table.hpp"

namespace qrgate {

namespace {

constexpr std::string_view head = R"(# Configuration

<!-- Written by configuration_page() out of the table in server/config_table.cpp; a test compares the two. -->

Every setting has a default, so an empty configuration runs a trial on this machine. A later source wins:
default, file (`--config FILE`), environment, command line (`--set name=value`). A name that does not exist and a value
that is not allowed stop the start with one line each; `qrgate config check` says the same without starting.

The file has lines `name = value`. A `#` begins a comment anywhere in a line: a value with a `#` in it (a database
password, say) goes into the environment, or is written `%23` in a connection URI. Durations have a unit: `250ms`,
`30s`, `10m`, `12h`, `365d`. Lists are separated by commas.

`--demo` and `--bench` are switches of the command line only.

| setting | environment | allowed | default | meaning |
|---|---|---|---|---|
)";

constexpr std::string_view tail = R"(
## The table of places

`place.table` names a CSV file `network,place,kind`: the network as CIDR (v4 or v6), a name that people know, and
`region` or `datacentre`. The longest prefix wins; lines that begin with `#` and the header line are skipped.

```
network,place,kind
203.0.113.0/24,江苏 南京,region
2001:db8:17::/48,某云 上海,datacentre
```

Without an entry this machine is `本机` and private networks are `内网`; every other address has no place. The place of
the browser is shown on the phone before a confirm, and `qr.typed_code = risk` compares both places.
)";

}  // namespace

std::string configuration_page() {
    const Config defaults;
    std::string text(head);
    for (const Setting& setting : all_settings()) {
        const std::string value = setting.write(defaults);
        text += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", setting.name, environment_name(setting.name),
                            setting.allowed, value.empty() ? "(empty)" : "`" + value + "`", setting.meaning);
    }
    text += tail;
    return text;
}

}  // namespace qrgate
