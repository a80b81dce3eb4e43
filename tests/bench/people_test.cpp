#include "bench/people.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <set>

#include "protocol/identity_number.hpp"
#include "protocol/password_policy.hpp"

namespace qrgate::bench {
namespace {

constexpr std::string_view header = "kind,number,name,phone,level,evidence,password_hash\n";

class People : public ::testing::Test {
protected:
    People() {
        std::string name = (std::filesystem::temp_directory_path() / "qrgate-people-XXXXXX").string();
        const int descriptor = mkstemp(name.data());
        if (descriptor >= 0) ::close(descriptor);
        file_ = name;
    }
    ~People() override { std::filesystem::remove(file_); }

    void write(std::string_view rows) { std::ofstream(file_, std::ios::binary) << header << rows; }

    std::filesystem::path file_;
};

TEST_F(People, are_read_in_the_order_of_the_file_with_the_password_of_all) {
    write(
        "personal,110101194001010004,王伟伟,13000000000,3,bench,sha256$bench0$00\n"
        "personal,110101194001010012,李伟伟,13000000001,2,bench,sha256$bench1$00\n");

    const auto people = read_people(file_, 10);

    ASSERT_EQ(people.size(), 2U);
    EXPECT_EQ(people[0].number, "110101194001010004");
    EXPECT_EQ(people[0].password, people_password);
    EXPECT_EQ(people[1].phone, "13000000001");
    EXPECT_EQ(people[1].level, 2);
}

TEST_F(People, are_read_up_to_the_limit) {
    write(
        "personal,110101194001010004,王伟伟,13000000000,3,bench,x\n"
        "personal,110101194001010012,李伟伟,13000000001,3,bench,x\n");

    EXPECT_EQ(read_people(file_, 1).size(), 1U);
}

TEST_F(People, of_another_kind_of_file_are_refused_in_one_line) {
    std::ofstream(file_, std::ios::binary) << "name,number\nx,y\n";

    EXPECT_THROW(read_people(file_, 10), CannotMeasure);
}

TEST_F(People, a_row_that_is_cut_off_is_refused_with_its_line) {
    write("personal,110101194001010004,王伟伟,13000000000,3,bench,x\npersonal,1101\n");

    try {
        read_people(file_, 10);
        FAIL() << "it was read";
    } catch (const CannotMeasure& refusal) {
        EXPECT_THAT(refusal.what(), ::testing::HasSubstr("line 3"));
    }
}

TEST_F(People, a_file_without_people_or_no_file_is_refused) {
    write("");
    EXPECT_THROW(read_people(file_, 10), CannotMeasure);
    EXPECT_THROW(read_people(file_.string() + ".none", 10), CannotMeasure);
}

TEST(NumberOfNobody, is_a_valid_number_and_another_each_time) {
    std::set<std::string> seen;
    for (std::uint64_t n = 0; n < 30'000; n += 7) {
        const std::string number = number_of_nobody(n);
        ASSERT_TRUE(is_citizen_number(number)) << number;
        ASSERT_TRUE(seen.insert(number).second) << number;
    }
    EXPECT_TRUE(is_citizen_number(number_of_nobody(19'999'999)));
}

TEST(PeoplePassword, meets_the_policy_so_that_nobody_is_sent_to_the_reset) {
    EXPECT_EQ(check_password(PasswordPolicy::manual, people_password), PasswordFault::none);
}

}  // namespace
}  // namespace qrgate::bench
