#include "server/demo_people.hpp"

#include <array>

#include "protocol/bytes.hpp"
#include "server/password_hasher.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

using enum PersonKind;

constexpr std::array people{
    DemoPerson{"lin", personal, "110101190001010014", "林晓燕", "13900000001", "Demo#2026lin", 3, "一切正常"},
    DemoPerson{"hao", personal, "11010119000101009X", "郝建国", "13900000002", "Demo@2026hao", 2,
               "身份证号末位是 X；等级 2，不能用短信或扫码登录"},
    DemoPerson{"zhao", personal, "110101190001010030", "赵淑芬", "13900000003", "Demo!2026zhao", 3,
               "与 qian 共用一个手机号，不能用短信登录"},
    DemoPerson{"qian", personal, "110101190001010057", "钱永福", "13900000003", "Demo!2026qian", 3,
               "共用手机号的另一人"},
    DemoPerson{"sun", personal, "110101190001010073", "孙桂兰", "13900000004", "abc12345", 2,
               "旧系统的弱密码：密码正确，但须先重置"},
    DemoPerson{"gongsi", corporate, "91110000DEM0000014", "北京演示辅具有限公司", "13900000005",
               "Demo$2026corp", 3, "企业用户登录"},
};

}  // namespace

std::span<const DemoPerson> demo_people() noexcept {
    return people;
}

Task<Result<void>> put_demo_people_back(Storage& storage, Random& random, WallTime now) {
    for (const DemoPerson& row : people) {
        NewPerson person;
        auto id = random.bytes<16>();
        person.id = base64url(id);
        person.kind = row.kind;
        person.identity_number = row.identity_number;
        person.name = row.name;
        person.phone = row.phone;
        person.level = row.level;
        person.level_evidence = "demo";
        person.password_hash = hash_password(std::string(row.password));
        auto put = co_await storage.put_person(std::move(person), now);
        if (!put) co_return put.error();
    }
    co_return co_await storage.forget_all_budgets();
}

}  // namespace qrgate
