// Batches of an import: what is new, what is the same, and what was decided here stays.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::Contains;

NewPerson imported(NewPerson person, const std::string& hash = "legacy:sm3:sm3$$00") {
    person.level_evidence = "import:register 2020";
    person.password_hash = hash;
    return person;
}

TEST_P(ImportContract, AddsPeopleWithEverythingTheRowSays) {
    auto quoted = imported(zhao());
    quoted.name = R"(a "quoted" \ name, {with} everything)";
    quoted.phone = "";

    const auto report = import({imported(lin()), quoted});

    EXPECT_EQ(report.added, 2);
    EXPECT_EQ(report.changed, 0);
    EXPECT_EQ(report.same, 0);
    const Person it = found(lin());
    EXPECT_EQ(it.id, lin().id);
    EXPECT_EQ(it.name, lin().name);
    EXPECT_EQ(it.phone, lin().phone);
    EXPECT_EQ(it.level, 3);
    EXPECT_EQ(it.level_evidence, "import:register 2020");
    EXPECT_EQ(it.level_since, t0);
    EXPECT_EQ(it.password_hash, "legacy:sm3:sm3$$00");
    EXPECT_EQ(it.state, PersonState::active);
    EXPECT_EQ(found(quoted).name, quoted.name);
    EXPECT_EQ(found(quoted).phone, "");
    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::personal, lin().phone)).size(), 1U);
    EXPECT_THAT(events(it.id), Contains("person_imported:ok"));
}

TEST_P(ImportContract, TheSameRowsAgainChangeNothing) {
    import({imported(lin()), imported(zhao())});
    const auto before = events(lin().id);
    auto again = imported(lin());
    again.id = "another-id";

    const auto report = import({again, imported(zhao())}, t0 + seconds(1));

    EXPECT_EQ(report.same, 2);
    EXPECT_EQ(report.added + report.changed, 0);
    EXPECT_EQ(found(lin()).id, lin().id);
    EXPECT_EQ(events(lin().id), before);
}

TEST_P(ImportContract, AKnownNumberKeepsItsIdSessionsAndCertificates) {
    const auto id = lin_with_certificate();
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    auto row = imported(lin());
    row.id = "another-id";
    row.name = "林改";

    const auto report = import({row});

    EXPECT_EQ(report.changed, 1);
    EXPECT_EQ(found(lin()).id, id);
    EXPECT_EQ(found(lin()).name, "林改");
    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0)).size(), 1U);
    EXPECT_EQ(good(storage().list_certificates(id)).size(), 1U);
}

TEST_P(ImportContract, APasswordIsReplacedOnlyWhileItIsAnImportsOwn) {
    import({imported(lin(), ""), imported(zhao())});

    import({imported(lin(), "legacy:sm3:first"), imported(zhao(), "legacy:sm3:second")});
    EXPECT_EQ(found(lin()).password_hash, "legacy:sm3:first");
    EXPECT_EQ(found(zhao()).password_hash, "legacy:sm3:second");

    good(storage().set_password_hash(lin().id, "legacy:sm3:first", "$argon2id$ours", t0));
    import({imported(lin(), "legacy:sm3:third"), imported(zhao(), "")});
    EXPECT_EQ(found(lin()).password_hash, "$argon2id$ours");
    EXPECT_EQ(found(zhao()).password_hash, "legacy:sm3:second");
}

TEST_P(ImportContract, AnImportedPasswordBeginsWithTheRowThatBroughtIt) {
    import({imported(lin(), "legacy:sm3:first")});
    EXPECT_EQ(found(lin()).password_set_at, t0);

    auto renamed = imported(lin(), "legacy:sm3:first");
    renamed.name = "林改";
    import({renamed}, t0 + seconds(1));
    EXPECT_EQ(found(lin()).name, "林改");
    EXPECT_EQ(found(lin()).password_set_at, t0) << "the same password";

    import({imported(lin(), "legacy:sm3:second")}, t0 + seconds(2));
    EXPECT_EQ(found(lin()).password_set_at, t0 + seconds(2));

    good(storage().set_password_hash(lin().id, "legacy:sm3:second", "$argon2id$ours", t0 + seconds(3)));
    import({imported(lin(), "legacy:sm3:third")}, t0 + seconds(4));
    EXPECT_EQ(found(lin()).password_set_at, t0 + seconds(2)) << "a password of ours is not replaced";
}

TEST_P(ImportContract, APhoneIsReplacedOnlyWhileItIsTheImportedOne) {
    auto row = imported(lin());
    import({row});
    row.phone = "13900000008";
    import({row});
    EXPECT_EQ(found(lin()).phone, "13900000008");
    row.phone = "";
    import({row});
    EXPECT_EQ(found(lin()).phone, "13900000008");

    auto here = zhao();  // with a phone that no import brought
    put(here);
    auto there = imported(zhao());
    there.phone = "13900000009";
    import({there});
    EXPECT_EQ(found(zhao()).phone, zhao().phone);
    EXPECT_TRUE(good(storage().find_people_by_phone(PersonKind::personal, "13900000009")).empty());
}

TEST_P(ImportContract, ALevelRisesOnlyOnAnImportsEvidenceAndNeverFalls) {
    auto row = imported(lin());
    row.level = 1;
    import({row});
    row.level = 2;
    row.level_evidence = "import:register 2024";
    import({row}, t0 + seconds(5));
    EXPECT_EQ(found(lin()).level, 2);
    EXPECT_EQ(found(lin()).level_evidence, "import:register 2024");
    EXPECT_EQ(found(lin()).level_since, t0 + seconds(5));
    row.level = 1;
    import({row});
    EXPECT_EQ(found(lin()).level, 2);

    good(storage().set_person_level(lin().id, 1, "operator:fraud", t0, trace_));
    row.level = 3;
    import({row});
    EXPECT_EQ(found(lin()).level, 1);
    EXPECT_EQ(found(lin()).level_evidence, "operator:fraud");
}

TEST_P(ImportContract, ALockedPersonStaysLocked) {
    import({imported(lin())});
    good(storage().set_person_state(lin().id, PersonState::locked, t0, trace_));
    auto row = imported(lin());
    row.name = "林改";

    import({row});

    EXPECT_EQ(found(lin()).state, PersonState::locked);
}

TEST_P(ImportContract, ABatchThatNamesSomebodyTwiceIsRefusedAsAWhole) {
    EXPECT_EQ(refused(storage().import_people({imported(zhao()), imported(lin()), imported(lin())}, t0)),
              Errc::bad_request);
    EXPECT_FALSE(good(storage().find_person(PersonKind::personal, zhao().identity_number)));
}

TEST_P(ImportContract, OneBatchFromManySidesMakesOneRowEach) {
    std::vector<Task<Result<ImportReport>>> all;
    for (std::size_t i = 0; i < 4; ++i) {
        auto a = imported(lin());
        auto b = imported(zhao());
        a.id += std::to_string(i);
        b.id += std::to_string(i);
        std::vector<NewPerson> batch{a, b};
        if (i % 2 == 1) std::swap(batch[0], batch[1]);
        all.push_back(door(i).import_people(std::move(batch), t0));
    }

    const auto answers = together<ImportReport>(std::move(all));

    std::int64_t added = 0;
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->added + answer->changed + answer->same, 2);
        added += answer->added;
    }
    EXPECT_EQ(added, 2);
    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::personal, lin().phone)).size(), 1U);
}

}  // namespace
}  // namespace qrgate
