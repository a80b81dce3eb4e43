#include "server/named_person.hpp"

#include <optional>
#include <utility>

#include "protocol/identity_number.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

Task<Result<Person>> find_named_person(Storage& storage, std::string who) {
    std::optional<PersonKind> kind;
    if (is_identity_number(PersonKind::personal, who)) kind = PersonKind::personal;
    if (is_identity_number(PersonKind::corporate, who)) kind = PersonKind::corporate;
    auto found = kind ? co_await storage.find_person(*kind, who) : co_await storage.find_person_by_id(who);
    if (!found) co_return found.error();
    if (!*found) co_return Errc::not_found;
    co_return std::move(**found);
}

}  // namespace qrgate
