// The first login with another system's hash: it becomes ours, and the login goes on working.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::StartsWith;

class ImportedPassword : public testing::Test, protected Fixture {
protected:
    std::string stored_hash() { return stored(storage.find_person_by_id(lin.id))->password_hash; }
    void give(const std::string& hash) {
        stored(storage.set_password_hash(lin.id, stored_hash(), hash, clock.now()));
    }
    int rehashed() {
        int count = 0;
        for (const AuditRow& row : audit_of(lin))
            count += row.event.event == "password_rehashed" ? 1 : 0;
        return count;
    }
    // SHA-256("Demo#2026lin") without salt.
    std::string legacy() { return "legacy:sha256:sha256$$" + hex(sha256(as_bytes(lin.password))); }
    Pc pc{*this};
};

TEST_F(ImportedPassword, IsStoredInOurFormByTheFirstLogin) {
    give(legacy());
    const int before = rehashed();

    EXPECT_EQ(pc.log_in(lin).status, 200);

    EXPECT_THAT(stored_hash(), StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_EQ(rehashed(), before + 1);
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
    Pc other{*this};
    EXPECT_EQ(other.log_in(lin).status, 200);
    EXPECT_EQ(rehashed(), before + 1);
}

TEST_F(ImportedPassword, StaysAsItIsAfterAWrongOne) {
    give(legacy());
    const std::string before = stored_hash();
    Someone guesser = lin;
    guesser.password = "Demo#2026lim";

    EXPECT_EQ(code_of(pc.log_in(guesser)), "credentials_wrong");

    EXPECT_EQ(stored_hash(), before);
}

TEST_F(ImportedPassword, StaysAsItIsWhileItIsTooWeakAndMustChange) {
    lin.password = "abc12345";
    give(legacy());
    const std::string before = stored_hash();

    EXPECT_EQ(code_of(pc.log_in(lin)), "password_must_change");

    EXPECT_EQ(stored_hash(), before);
}

TEST_F(ImportedPassword, OpensForALockedPersonNoMoreThanOurs) {
    give(legacy());
    const std::string before = stored_hash();
    lock(lin);

    EXPECT_EQ(code_of(pc.log_in(lin)), "credentials_wrong");

    EXPECT_EQ(stored_hash(), before);
}

}  // namespace
}  // namespace qrgate::tests
