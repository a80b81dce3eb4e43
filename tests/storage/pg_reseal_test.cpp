// Fields that a former key sealed are sealed anew, in batches, beside other writers.
#include "storage/pg_reseal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/migrate.hpp"
#include "storage/pg_storage.hpp"
#include "tests/storage/counting_random.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

const WallTime now = parse_time("2026-11-22T08:00:00Z").value();
const WallTime switches = now + std::chrono::minutes(1);

FieldKeys one_key() {
    FieldKeys keys;
    keys.masters[1] = sha256(as_bytes("first"));
    keys.index = sha256(as_bytes("index"));
    return keys;
}

FieldKeys two_keys() {
    FieldKeys keys = one_key();
    keys.masters[2] = sha256(as_bytes("second"));
    keys.used_from[2] = switches;
    return keys;
}

class Reseal : public PgFixture {
protected:
    Reseal() { EXPECT_TRUE(wait(migrate(*database)).value().ready); }

    std::string number(int i) {
        std::string text = std::to_string(i);
        return "11010119000101" + std::string(4 - text.size(), '0') + text;
    }
    void put_people(int count) {
        for (int i = 0; i < count; ++i)
            EXPECT_TRUE(wait(storage.put_person({.id = "p" + std::to_string(i),
                                                 .kind = PersonKind::personal,
                                                 .identity_number = number(i),
                                                 .name = "name " + std::to_string(i),
                                                 .phone = i % 2 == 0 ? "13900000000" : "",
                                                 .level = 1,
                                                 .level_evidence = "test",
                                                 .password_hash = "hash"},
                                                now)));
    }
    std::int64_t count(std::string_view name, std::string_view sql) {
        return wait(database->submit({name, sql}, {})).value().integer(0, 0);
    }
    std::int64_t of_key_one() {
        return count(
            "of_key_one",
            "SELECT count(*) FROM (SELECT number AS f FROM person UNION ALL SELECT name FROM person UNION "
            "ALL SELECT phone FROM person) x WHERE get_byte(f, 1) = 1");
    }
    void use_second_key() {
        sealer.adopt(two_keys());
        EXPECT_FALSE(sealer.look_at_the_time(now));
        EXPECT_TRUE(sealer.look_at_the_time(switches));
        resealer.begin();
    }
    Resealed finish(int rows) {
        for (int i = 0; i < 1000; ++i) {
            const Resealed done = wait(resealer.some(rows)).value();
            if (done.finished) return done;
        }
        throw std::runtime_error("it does not end");
    }

    CountingRandom random;
    FieldSealer sealer{one_key(), SealSuite::sm4_ctr_hmac_sm3, random};
    std::unique_ptr<PgDatabase> database = open();
    PgStorage storage{*database, sealer};
    Resealer resealer{*database, sealer};
};

TEST_F(Reseal, WritesEveryFieldWithTheKeyInUseAndChangesNothingElse) {
    sealer.look_at_the_time(now);
    put_people(25);
    use_second_key();
    const Person before = wait(storage.find_person(PersonKind::personal, number(7))).value().value();

    const Resealed done = finish(10);

    EXPECT_EQ(done.written, 25 + 25 + 13);
    EXPECT_EQ(done.broken, 0);
    EXPECT_EQ(of_key_one(), 0);
    const Person after = wait(storage.find_person(PersonKind::personal, number(7))).value().value();
    EXPECT_EQ(after.id, before.id);
    EXPECT_EQ(after.name, before.name);
    EXPECT_EQ(wait(storage.find_people_by_phone(PersonKind::personal, "13900000000")).value().size(), 13U);
}

TEST_F(Reseal, ReadsNoMoreRowsAtATimeThanAsked) {
    put_people(25);
    use_second_key();

    EXPECT_FALSE(wait(resealer.some(10)).value().finished);

    EXPECT_EQ(of_key_one(), (25 + 25 + 13) - (10 + 10 +
                                              count("phones",
                                                    "SELECT count(*) FROM (SELECT phone FROM person "
                                                    "ORDER BY id LIMIT 10) p WHERE phone IS NOT NULL")));
}

TEST_F(Reseal, LeavesAFieldThatSomebodyElseWroteMeanwhile) {
    put_people(1);
    use_second_key();
    const std::string id = wait(storage.find_person(PersonKind::personal, number(0))).value()->id;
    // The same row is held by another transaction, which writes another name before it commits.
    auto other = wait(database->lease()).value();
    EXPECT_TRUE(wait(other->script("BEGIN; SELECT id FROM person FOR UPDATE")));
    auto running = spawn(resealer.some(10));
    const auto fresh = sealer.seal_text({.table = "person", .column = "name", .row = id}, "another name");
    EXPECT_TRUE(wait(other->run({"other_name", "UPDATE person SET name = $1"}, {pg(fresh)})));
    EXPECT_TRUE(wait(other->script("COMMIT")));
    until([&] { return running->done(); });
    finish(10);

    EXPECT_EQ(wait(storage.find_person_by_id(id)).value()->name, "another name");
    EXPECT_EQ(of_key_one(), 0);
}

TEST_F(Reseal, LooksAgainForWhatAnotherNodeSealedWithTheFormerKey) {
    put_people(3);
    use_second_key();
    while (wait(resealer.some(10)).value().written == 0) {
    }
    FieldSealer late{two_keys(), SealSuite::sm4_ctr_hmac_sm3, random};
    late.look_at_the_time(now);
    PgStorage other_node{*database, late};
    EXPECT_TRUE(wait(other_node.put_person({.id = "late",
                                            .kind = PersonKind::personal,
                                            .identity_number = number(99),
                                            .name = "late",
                                            .level = 1,
                                            .level_evidence = "test",
                                            .password_hash = "hash"},
                                           now)));
    EXPECT_GT(of_key_one(), 0);

    finish(10);

    EXPECT_EQ(of_key_one(), 0);
}

TEST_F(Reseal, CountsAFieldThatDoesNotOpenAndLeavesIt) {
    put_people(2);
    script(*database, "UPDATE person SET name = set_byte(name, 5, get_byte(name, 5) # 1)");
    use_second_key();

    const Resealed done = finish(10);

    EXPECT_EQ(done.broken, 2);
    EXPECT_EQ(of_key_one(), 2);
}

// Whoever adds a sealed column adds it to the resealer: the schema names them in its comments as bytea that
// is neither a hash nor a key nor a signature.
TEST_F(Reseal, KnowsEverySealedColumn) {
    const auto rows = wait(database->submit({"bytea_columns", R"(
SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.data_type = 'bytea' AND c.table_name NOT LIKE 'audit%'
  AND c.column_name !~ '(_hash|_index|_digest|^hash|^key|^sha256|^mac|^public_key|^der|^signature|^certificate|^chain|^previous)$'
ORDER BY (c.table_name || '.' || c.column_name) COLLATE "C")"},
                                            {}))
                          .value();
    std::vector<std::string> there;
    for (std::size_t row = 0; row < rows.size(); ++row)
        there.emplace_back(rows.text(row, 0));
    auto known = sealed_columns();
    std::ranges::sort(known);
    EXPECT_EQ(known, there);
}

}  // namespace
}  // namespace qrgate
