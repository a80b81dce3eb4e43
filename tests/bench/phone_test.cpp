// What a simulated phone signs, against OpenSSL and against the server's own checker.
#include "bench/phone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "bench/answers.hpp"
#include "protocol/bytes.hpp"
#include "protocol/signed_text.hpp"
#include "server/signature_checker.hpp"

namespace qrgate::bench {
namespace {

SignedLogin login() {
    return {.origin = "http://localhost:8080",
            .ticket = "TOKEN",
            .nonce = std::string(43, 'n'),
            .person = "person-1",
            .certificate = "00ff",
            .family = "Firefox",
            .os = "Linux",
            .address = "127.0.0.1"};
}

Expected expected() {
    return {
        .origin = "http://localhost:8080", .ticket = "TOKEN", .person = "person-1", .certificate = "00ff"};
}

TEST(PhoneSignature, is_right_for_the_server_and_for_openssl) {
    const Sm2Key key = Sm2Key::make();
    const std::string text = signed_text(login());

    const auto signature = key.sign(text);

    EXPECT_TRUE(key.verify(text, signature));
    EXPECT_TRUE(signature_is_right(KeyAlgorithm::sm2, key.point(), as_bytes(text), signature));
    EXPECT_TRUE(is_public_key(KeyAlgorithm::sm2, key.point()));
}

TEST(PhoneSignature, is_wrong_for_another_text_and_another_key) {
    const Sm2Key key = Sm2Key::make();
    const std::string text = signed_text(login());
    const auto signature = key.sign(text);

    EXPECT_FALSE(key.verify(text + " ", signature));
    EXPECT_FALSE(signature_is_right(KeyAlgorithm::sm2, key.point(), as_bytes(text + " "), signature));
    EXPECT_FALSE(signature_is_right(KeyAlgorithm::sm2, Sm2Key::make().point(), as_bytes(text), signature));
}

TEST(PhoneKey, comes_back_from_its_file_as_it_was) {
    const Sm2Key key = Sm2Key::make();

    const Sm2Key again = Sm2Key::from_pem(key.pem());

    EXPECT_EQ(again.point(), key.point());
    EXPECT_TRUE(key.verify("text", again.sign("text")));
}

TEST(PhoneText, of_the_server_may_be_signed) {
    EXPECT_EQ(fault_of_text(signed_text(login()), expected()), "");
}

TEST(PhoneText, of_a_foreign_origin_ticket_person_or_certificate_is_not_signed) {
    SignedLogin foreign = login();
    foreign.origin = "http://evil.example";
    EXPECT_EQ(fault_of_text(signed_text(foreign), expected()), "origin");
    foreign = login();
    foreign.ticket = "OTHER";
    EXPECT_EQ(fault_of_text(signed_text(foreign), expected()), "ticket");
    foreign = login();
    foreign.person = "person-2";
    EXPECT_EQ(fault_of_text(signed_text(foreign), expected()), "person");
    foreign = login();
    foreign.certificate = "00fe";
    EXPECT_EQ(fault_of_text(signed_text(foreign), expected()), "certificate");
    EXPECT_EQ(fault_of_text("anything else", expected()), "first line");
}

TEST(PhoneFile, keeps_phones_for_the_next_run_and_from_others) {
    std::string folder = (std::filesystem::temp_directory_path() / "qrgate-phones-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const std::filesystem::path file = std::filesystem::path(folder) / "phones";
    PhoneMemory phone{.number = "n",
                      .phone = "p",
                      .device = "d",
                      .token = "t",
                      .person = "w",
                      .serial = "s",
                      .verifier = "v",
                      .key = "k\nk\n"};

    save_phones(file, {phone, phone});
    const auto again = load_phones(file);

    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(again[1].key, phone.key);
    EXPECT_EQ(again[1].token, phone.token);
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(file).permissions() & (perms::group_all | perms::others_all),
              perms::none);
    std::filesystem::remove_all(folder);
}

TEST(Outbox, gives_the_newest_code_and_no_other_number) {
    EXPECT_EQ(
        code_in_outbox(R"([{"text":"尾号 13900000001，2026112"},{"text":"123456 是您的验证码，5分钟内有效"},
                                 {"text":"654321 是您的验证码"}])"),
        "123456");
    EXPECT_EQ(code_in_outbox("[]"), "");
    EXPECT_EQ(code_in_outbox("no JSON"), "");
}

TEST(NamedFailure, says_step_status_and_code) {
    EXPECT_EQ(
        named("scan", Reply{.status = 409, .headers = {}, .body = R"({"error":{"code":"ticket_taken"}})"}),
        "scan_409_ticket_taken");
    EXPECT_EQ(named("scan", Reply{.status = 502, .headers = {}, .body = "<html>"}), "scan_502");
    EXPECT_EQ(named("scan", Reply{}), "scan_no_answer");
}

}  // namespace
}  // namespace qrgate::bench
