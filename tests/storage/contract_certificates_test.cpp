// Certificates and their passphrase.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;

TEST_P(StorageContract, KeepsACertificateAsItWasIssued) {
    const auto id = put(lin());
    const auto fresh = new_certificate("aa", id);

    const auto added = try_certificate(fresh);
    const auto found = good(storage().find_certificate("aa"));

    ASSERT_TRUE(added);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->serial, "aa");
    EXPECT_EQ(found->person_id, id);
    EXPECT_EQ(found->algorithm, KeyAlgorithm::sm2);
    EXPECT_EQ(found->public_key, fresh.certificate.public_key);
    EXPECT_EQ(found->der, fresh.certificate.der);
    EXPECT_EQ(found->not_before, t0);
    EXPECT_EQ(found->not_after, fresh.certificate.not_after);
    EXPECT_EQ(found->state, CertificateState::active);
    EXPECT_EQ(found->device_hash, digest("device"));
    EXPECT_EQ(found->issued_at, t0);
    EXPECT_EQ(added->serial, found->serial);
    EXPECT_FALSE(good(storage().find_certificate("bb")));
}

TEST_P(StorageContract, ACertificateNeedsLevelThree) {
    auto hao = lin();
    hao.level = 2;
    const auto id = put(hao);

    EXPECT_EQ(try_certificate(new_certificate("aa", id)).error(), Errc::level_too_low);
    EXPECT_EQ(events(id).back(), "certificate_issued:level_too_low");
}

TEST_P(StorageContract, ACodeIssuesOneCertificate) {
    const auto id = put(lin());
    put_code("holder", id);

    good(storage().add_certificate(new_certificate("aa", id), digest("holder"), t0, trace_));

    EXPECT_EQ(refused(storage().add_certificate(new_certificate("bb", id), digest("holder"), t0, trace_)),
              Errc::code_wrong);
    EXPECT_EQ(refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0)),
              Errc::code_wrong);
    EXPECT_EQ(good(storage().list_certificates(id)).size(), 1U);
}

TEST_P(StorageContract, ACertificateWithoutCodeOrWithAnExpiredOneIsRefused) {
    const auto id = put(lin());
    put_code("holder", id);

    EXPECT_EQ(refused(storage().add_certificate(new_certificate("aa", id), digest("none"), t0, trace_)),
              Errc::code_wrong);
    EXPECT_EQ(refused(storage().add_certificate(new_certificate("aa", id), digest("holder"), t0 + minutes(5),
                                                trace_)),
              Errc::code_wrong);
}

TEST_P(StorageContract, ParallelIssuesOfOneCodeMakeOneCertificate) {
    const auto id = put(lin());
    put_code("holder", id);
    std::vector<Task<Result<Certificate>>> all;
    for (std::size_t i = 0; i < 6; ++i)
        all.push_back(door(i).add_certificate(new_certificate("a" + std::to_string(i), id), digest("holder"),
                                              t0, trace_));

    EXPECT_EQ(successes(together<Certificate>(std::move(all))), 1);
}

TEST_P(StorageContract, ParallelIssuesOfManyCodesStopAtTheMost) {
    const auto id = put(lin());
    std::vector<Task<Result<Certificate>>> all;
    for (std::size_t i = 0; i < 8; ++i) {
        const auto name = "a" + std::to_string(i);
        put_code(name, id);
        all.push_back(door(i).add_certificate(new_certificate(name, id), digest(name), t0, trace_));
    }

    EXPECT_EQ(successes(together<Certificate>(std::move(all))), 5);
    EXPECT_EQ(good(storage().list_certificates(id)).size(), 5U);
}

TEST_P(StorageContract, ASixthActiveCertificateIsTooManyUntilOneIsRevoked) {
    const auto id = put(lin());
    for (const char* serial : {"a1", "a2", "a3", "a4", "a5"})
        certify(serial, id);

    EXPECT_EQ(try_certificate(new_certificate("a6", id)).error(), Errc::certificate_limit);
    good(storage().revoke_certificate("a1", id, "lost", t0, trace_));
    EXPECT_TRUE(try_certificate(new_certificate("a6", id)));
}

TEST_P(StorageContract, ListsCertificatesNewestFirst) {
    const auto id = put(lin());
    certify("aa", id, t0);
    certify("bb", id, t0 + seconds(1));

    const auto found = good(storage().list_certificates(id));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].serial, "bb");
    EXPECT_TRUE(good(storage().list_certificates("nobody")).empty());
}

TEST_P(StorageContract, RevokesOnlyTheOwnersCertificateAndTwiceIsFine) {
    const auto id = lin_with_certificate();
    const auto other = put(zhao());

    EXPECT_EQ(refused(storage().revoke_certificate("aa", other, "x", t0, trace_)), Errc::not_found);
    EXPECT_EQ(refused(storage().revoke_certificate("bb", id, "x", t0, trace_)), Errc::not_found);
    good(storage().revoke_certificate("aa", id, "lost", t0, trace_));
    good(storage().revoke_certificate("aa", id, "again", t0, trace_));

    EXPECT_EQ(good(storage().find_certificate("aa"))->state, CertificateState::revoked);
    EXPECT_EQ(events(id).back(), "certificate_revoked:lost");
}

TEST_P(StorageContract, TheOperatorRevokesAnyonesCertificate) {
    const auto id = lin_with_certificate();

    good(storage().revoke_certificate("aa", {}, "operator", t0, trace_));

    EXPECT_EQ(good(storage().find_certificate("aa"))->state, CertificateState::revoked);
    EXPECT_EQ(events(id).back(), "certificate_revoked:operator");
}

TEST_P(StorageContract, TheRightVerifierGetsTheSecret) {
    const auto id = lin_with_certificate();

    const auto answer =
        good(storage().try_unlock("aa", id, digest("device"), digest("verifier"), t0, trace_));

    EXPECT_EQ(answer.secret, Bytes(32, 9));
    EXPECT_EQ(answer.tries_left, 10);
    EXPECT_FALSE(answer.disabled);
}

TEST_P(StorageContract, AWrongVerifierIsCountedAndARightOneClearsNothing) {
    const auto id = lin_with_certificate();

    const auto wrong = good(storage().try_unlock("aa", id, digest("device"), digest("guess"), t0, trace_));
    const auto right = good(storage().try_unlock("aa", id, digest("device"), digest("verifier"), t0, trace_));
    const auto again = good(storage().try_unlock("aa", id, digest("device"), digest("guess"), t0, trace_));

    EXPECT_FALSE(wrong.secret);
    EXPECT_EQ(wrong.tries_left, 9);
    EXPECT_TRUE(right.secret);
    EXPECT_EQ(right.tries_left, 9);
    EXPECT_EQ(again.tries_left, 8);
    EXPECT_THAT(events(id), ElementsAre("person_put:ok", "code_sent:ok", "certificate_issued:ok",
                                        "passphrase_wrong:passphrase_wrong", "certificate_unlocked:ok",
                                        "passphrase_wrong:passphrase_wrong"));
}

TEST_P(StorageContract, TheTenthWrongVerifierDisablesTheCertificate) {
    const auto id = lin_with_certificate();
    for (int left = 9; left > 0; --left) {
        const auto answer =
            good(storage().try_unlock("aa", id, digest("device"), digest("guess"), t0, trace_));
        EXPECT_EQ(answer.tries_left, left);
        EXPECT_FALSE(answer.disabled);
    }

    const auto tenth = good(storage().try_unlock("aa", id, digest("device"), digest("guess"), t0, trace_));

    EXPECT_TRUE(tenth.disabled);
    EXPECT_EQ(tenth.tries_left, 0);
    EXPECT_EQ(refused(storage().try_unlock("aa", id, digest("device"), digest("verifier"), t0, trace_)),
              Errc::certificate_unusable);
    EXPECT_EQ(good(storage().find_certificate("aa"))->state, CertificateState::disabled);
}

TEST_P(StorageContract, ParallelWrongVerifiersAreAllCounted) {
    const auto id = lin_with_certificate();
    std::vector<Task<Result<Unlock>>> all;
    for (std::size_t i = 0; i < 14; ++i)
        all.push_back(door(i).try_unlock("aa", id, digest("device"), digest("guess"), t0, trace_));

    std::vector<int> left;
    int too_late = 0;
    for (const auto& answer : together<Unlock>(std::move(all))) {
        if (answer) {
            left.push_back(answer->tries_left);
        } else {
            EXPECT_EQ(answer.error(), Errc::certificate_unusable);
            ++too_late;
        }
    }
    std::ranges::sort(left);
    EXPECT_THAT(left, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    EXPECT_EQ(too_late, 4);
    EXPECT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 10);
}

TEST_P(StorageContract, UnlockingFromAnotherDeviceOrPersonIsNotCounted) {
    const auto id = lin_with_certificate();
    const auto other = put(zhao());

    EXPECT_EQ(refused(storage().try_unlock("aa", id, digest("other"), digest("guess"), t0, trace_)),
              Errc::not_found);
    EXPECT_EQ(refused(storage().try_unlock("aa", other, digest("device"), digest("guess"), t0, trace_)),
              Errc::not_found);
    EXPECT_EQ(refused(storage().try_unlock("bb", id, digest("device"), digest("guess"), t0, trace_)),
              Errc::not_found);
    EXPECT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 0);
}

TEST_P(StorageContract, UnlockingWhatMayNotBeUsedIsRefusedAndNotCounted) {
    const auto id = lin_with_certificate();
    const auto made = *good(storage().find_certificate("aa"));
    const auto unlock_at = [&](WallTime now, const char* verifier) {
        return refused(storage().try_unlock("aa", id, digest("device"), digest(verifier), now, trace_));
    };

    EXPECT_EQ(unlock_at(made.not_after, "verifier"), Errc::certificate_unusable);
    EXPECT_EQ(unlock_at(made.not_after, "guess"), Errc::certificate_unusable);
    EXPECT_EQ(unlock_at(made.not_before - seconds(1), "verifier"), Errc::certificate_unusable);
    good(storage().revoke_certificate("aa", id, "owner", t0, trace_));
    EXPECT_EQ(unlock_at(t0, "verifier"), Errc::certificate_unusable);
    EXPECT_EQ(unlock_at(t0, "guess"), Errc::certificate_unusable);
    EXPECT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 0);
}

TEST_P(StorageContract, AConfirmedLoginClearsWrongVerifiers) {
    const Ticket ticket = scanned();
    good(storage().try_unlock("aa", ticket.person_id, digest("device"), digest("guess"), t0, trace_));

    good(storage().confirm_ticket(confirmation_of(ticket), trace_));

    EXPECT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 0);
}

}  // namespace
}  // namespace qrgate
