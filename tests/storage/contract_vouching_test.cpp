// Who vouches for a certificate's device, renewal, and what the list of revoked ones is made of.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NewCertificate renewing(NewCertificate fresh, const std::string& old) {
    fresh.permit = "certificate:" + old;
    fresh.renews = old;
    return fresh;
}

NewCertificate permitted(NewCertificate fresh, const std::string& permit) {
    fresh.permit = permit;
    return fresh;
}

std::vector<std::string> lines(const std::vector<RevokedCertificate>& list) {
    std::vector<std::string> out;
    out.reserve(list.size());
    for (const auto& it : list)
        out.push_back(it.serial + ":" + it.reason + "+" + std::to_string((it.revoked_at - t0) / seconds(1)));
    return out;
}

TEST_P(StorageContract, ACertificateNobodyVouchedForIsRefusedAndUsesNothingUp) {
    const auto id = lin_with_certificate();
    put_code("holder", id);

    for (const char* permit : {"", "proofing:none", "desk:none", "certificate:none", "certificate:", "demo "})
        EXPECT_EQ(refused(storage().add_certificate(permitted(new_certificate("bb", id), permit),
                                                    digest("holder"), t0, trace_)),
                  Errc::proofing_needed)
            << permit;

    EXPECT_EQ(events(id).back(), "certificate_issued:proofing_needed");
    good(storage().add_certificate(permitted(new_certificate("bb", id), "demo"), digest("holder"), t0,
                                   trace_));
}

TEST_P(StorageContract, AnotherActiveCertificateOfThePersonVouches) {
    const auto id = lin_with_certificate();

    EXPECT_TRUE(try_certificate(permitted(new_certificate("bb", id), "certificate:aa")));
}

TEST_P(StorageContract, ARevokedAnExpiredOrAnothersCertificateDoesNotVouch) {
    const auto id = lin_with_certificate();
    const auto other = put(zhao());
    certify("cc", other);

    EXPECT_EQ(try_certificate(permitted(new_certificate("bb", id), "certificate:cc")).error(),
              Errc::proofing_needed);
    EXPECT_EQ(
        try_certificate(permitted(new_certificate("bb", id), "certificate:aa"), t0 + hours(24 * 366)).error(),
        Errc::proofing_needed);
    good(storage().revoke_certificate("aa", id, "owner", t0, trace_));
    EXPECT_EQ(try_certificate(permitted(new_certificate("bb", id), "certificate:aa")).error(),
              Errc::proofing_needed);
}

TEST_P(StorageContract, AnApprovalOfTheDeskIsUsedUpByOneCertificate) {
    const auto id = put(lin());
    DeskCase asked;
    asked.id = "case";
    asked.person_id = id;
    asked.action = DeskAction::certificate;
    asked.evidence = "identity card";
    asked.opened_by = "wang";
    asked.opened_at = t0;
    good(storage().open_desk_case(asked, trace_));
    EXPECT_EQ(try_certificate(permitted(new_certificate("aa", id), "desk:case")).error(),
              Errc::proofing_needed);
    good(storage().decide_desk_case({.case_id = "case", .approve = true, .by = "li", .at = t0}, trace_));

    EXPECT_TRUE(try_certificate(permitted(new_certificate("bb", id), "desk:case"), t0 + seconds(1)));
    EXPECT_EQ(try_certificate(permitted(new_certificate("cc", id), "desk:case"), t0 + seconds(2)).error(),
              Errc::proofing_needed);
}

TEST_P(StorageContract, ARenewalRevokesTheOldOneAsSupersededInTheSameStep) {
    const auto id = lin_with_certificate();

    ASSERT_TRUE(try_certificate(renewing(new_certificate("bb", id), "aa")));

    EXPECT_EQ(good(storage().find_certificate("aa"))->state, CertificateState::revoked);
    EXPECT_EQ(good(storage().find_certificate("bb"))->state, CertificateState::active);
    const auto all = events(id);
    EXPECT_THAT(std::vector<std::string>(all.end() - 2, all.end()),
                ElementsAre("certificate_issued:ok", "certificate_revoked:superseded"));
}

TEST_P(StorageContract, ARenewalIsPossibleWhenAllPlacesAreTaken) {
    const auto id = put(lin());
    for (const char* serial : {"a1", "a2", "a3", "a4", "a5"})
        certify(serial, id);

    EXPECT_EQ(try_certificate(permitted(new_certificate("b1", id), "certificate:a1")).error(),
              Errc::certificate_limit);
    EXPECT_TRUE(try_certificate(renewing(new_certificate("b1", id), "a1")));
    EXPECT_EQ(try_certificate(new_certificate("b2", id)).error(), Errc::certificate_limit);
}

TEST_P(StorageContract, OnlyAnOwnActiveCertificateOfTheSameDeviceIsRenewed) {
    const auto id = lin_with_certificate();
    const auto other = put(zhao());
    certify("cc", other);
    auto elsewhere = renewing(new_certificate("bb", id), "aa");
    elsewhere.certificate.device_hash = digest("other device");

    EXPECT_EQ(try_certificate(renewing(new_certificate("bb", id), "cc")).error(), Errc::certificate_unusable);
    EXPECT_EQ(try_certificate(renewing(new_certificate("bb", id), "dd")).error(), Errc::certificate_unusable);
    EXPECT_EQ(try_certificate(elsewhere).error(), Errc::certificate_unusable);
    ASSERT_TRUE(try_certificate(renewing(new_certificate("bb", id), "aa")));
    EXPECT_EQ(try_certificate(renewing(new_certificate("ee", id), "aa")).error(), Errc::certificate_unusable);
    EXPECT_EQ(good(storage().find_certificate("cc"))->state, CertificateState::active);
}

TEST_P(StorageContract, ParallelRenewalsOfOneCertificateMakeOne) {
    const auto id = lin_with_certificate();
    std::vector<Task<Result<Certificate>>> all;
    for (std::size_t i = 0; i < 5; ++i) {
        const auto name = "b" + std::to_string(i);
        put_code(name, id);
        all.push_back(
            door(i).add_certificate(renewing(new_certificate(name, id), "aa"), digest(name), t0, trace_));
    }

    EXPECT_EQ(successes(together<Certificate>(std::move(all))), 1);
}

TEST_P(StorageContract, RevokedAndDisabledCertificatesAreListedUntilTheirEnd) {
    const auto id = put(lin());
    for (const char* serial : {"a1", "a2", "a3", "a4"})
        certify(serial, id);
    EXPECT_THAT(lines(good(storage().list_revoked_certificates(t0))), IsEmpty());

    good(storage().revoke_certificate("a3", id, "owner", t0 + seconds(3), trace_));
    good(storage().revoke_certificate("a3", id, "again", t0 + seconds(4), trace_));
    for (int i = 0; i < 10; ++i)
        good(storage().try_unlock("a1", id, digest("device"), digest("guess"), t0 + seconds(5), trace_));
    ASSERT_TRUE(try_certificate(renewing(new_certificate("b2", id), "a2")));

    EXPECT_THAT(lines(good(storage().list_revoked_certificates(t0))),
                ElementsAre("a1:passphrase_wrong+5", "a2:superseded+0", "a3:owner+3"));
    EXPECT_THAT(lines(good(storage().list_revoked_certificates(t0 + hours(24 * 365) - moment))),
                testing::SizeIs(3));
    EXPECT_THAT(lines(good(storage().list_revoked_certificates(t0 + hours(24 * 365)))), IsEmpty());
}

}  // namespace
}  // namespace qrgate
