#include "protocol/common_passwords.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "protocol/leaked_passwords.hpp"

namespace qrgate {
namespace {

// At least 8 characters, because no policy takes less. Lower case, in the order of octets.
// clang-format off
constexpr auto words = std::to_array<std::string_view>({
    "!@#$%^123456", "!@#$1234", "!@#$1234qwer", "!@#$qwer1", "!@#123abc", "!@#123qwe", "!@#qwe123",
    "!q2w3e4r", "!q@w#e$r", "!q@w#e$r5t", "!q@w#e4r", "!q@w3e4r", "!qaz1qaz", "!qaz2wsx", "!qaz@wsx",
    "!qaz@wsx3edc", "!qazxsw2", "!qazxsw@", "00000000", "00000000a", "000000aa!", "01234567", "012345678",
    "0123456789", "0987654321", "098765432109876", "10101010", "11111111", "111111111", "11111111a",
    "111111a!", "111111aa", "111111aa!", "111222333", "111222333444555", "111222333a!", "111qqq!!",
    "11223344", "1122334455", "112233445566", "112233aa", "112233aa!", "12121212", "123!@#abc", "123!@#asd",
    "123!@#qwe", "123123123", "123321123", "1234!@#$", "1234!@#$a", "1234!@#$qwer", "1234.abcd", "1234.com!",
    "12341234", "12344321", "12345!@#$%", "123454321", "123456!@#$%^", "123456!a", "123456123456",
    "123456654321", "12345678", "123456780", "123456789", "1234567890", "123456789012345", "1234567890123456",
    "1234567891", "12345678910", "123456789a", "123456789a!", "123456789abc", "12345678a", "12345678a!",
    "12345678q", "1234567a", "1234567a!", "1234567q", "123456@a", "123456@abc", "123456a!", "123456a@",
    "123456aa", "123456aa!", "123456abc", "123456abc!", "123456q!", "123456qq", "123456qq!", "123456qwe",
    "123456qwerty", "12345qwert", "12345qwert!", "1234abcd", "1234abcd!", "1234abcd@", "1234qwer",
    "1234qwer!", "1234qwer!@#$", "1234qwer@", "123abc!@#", "123abc456", "123asd!@#", "123qwe!!", "123qwe!@#",
    "123qwe123", "123qweasd", "123qweasd!", "123qweasdzxc", "1314520!", "13145200", "1314520a!", "1314520aa",
    "1314woaini", "147258369", "159357456", "19491001", "1a2b3c4d", "1a2b3c4d!", "1q2w#e4r", "1q2w3e!@",
    "1q2w3e4r", "1q2w3e4r!", "1q2w3e4r5t", "1q2w3e4r5t!", "1q2w3e4r5t6y", "1q2w3e4r@", "1q@w3e4r", "1qaz!qaz",
    "1qaz1qaz", "1qaz1qaz!", "1qaz2wsx", "1qaz2wsx!", "1qaz2wsx#edc", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv",
    "1qaz@wsx", "1qaz@wsx#edc", "1qaz@wsx3edc", "1qazxsw2", "1qazxsw2!", "1qazxsw@", "20002000", "20080808",
    "22222222", "2wsx#edc", "2wsx3edc", "31415926", "321321321", "33333333", "3edc$rfv", "3edc4rfv",
    "5201314!", "52013140", "5201314520", "5201314a", "5201314a!", "5201314aa", "5201314abc", "5201314qq",
    "5201314woaini", "520woaini", "55555555", "66666666", "66666666a!", "666666aa!", "741852963", "77777777",
    "789456123", "7ujm8ik,", "87654321", "88888888", "88888888a", "88888888a!", "888888aa!", "963852741",
    "987654321", "99999999", "a!123456", "a123456!", "a123456#", "a1234567", "a1234567!", "a12345678",
    "a12345678!", "a123456789", "a123456@", "a1a1a1a1", "a1b2c3d4", "a1b2c3d4!", "a1b2c3d4e5", "a1s2d3f4",
    "a1s2d3f4!", "a5201314", "a5201314!", "a5201314@", "a@123456", "a@1234567", "a@12345678", "aa!123456",
    "aa#123456", "aa112233", "aa112233!", "aa123456", "aa123456!", "aa123456#", "aa123456.", "aa12345678",
    "aa123456@", "aa@12345", "aa@123456", "aaa111!!", "aaa123!@#", "aaa123456", "aaaa1111", "aaaa1111!",
    "aaaa@1111", "aaaaaa1!", "aaaaaaa1!", "aabbcc112233", "aabbcc123!", "aabbcc@123", "aabbccddeeffgghh",
    "ab123456", "ab123456!", "abc!@#123", "abc#1234", "abc.1234", "abc123!!", "abc123!@#", "abc123!@#$",
    "abc1234!", "abc12345", "abc12345!", "abc123456", "abc123456!", "abc1234567", "abc123abc", "abc123abc!",
    "abc123abc123", "abc@123!", "abc@1234", "abc@12345", "abc@123456", "abcabc123", "abcabc123!",
    "abcabcabc1!", "abcd!234", "abcd!@#$", "abcd#1234", "abcd123!", "abcd1234", "abcd1234!", "abcd1234!@#$",
    "abcd1234#", "abcd1234@", "abcd@123", "abcd@1234", "abcde12345", "abcdef123", "abcdef123!", "abcdefg1",
    "abcdefg1!", "abcdefgh", "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "ac123456",
    "access14!", "adm!n123", "adm1n@123", "admin!123", "admin!234", "admin!@#$1234", "admin!@#123",
    "admin#123", "admin#1234", "admin$123", "admin123", "admin123!", "admin123!@#", "admin123#", "admin123.",
    "admin1234", "admin1234!", "admin12345", "admin123456", "admin123@", "admin666", "admin888", "admin@12",
    "admin@123", "admin@1234", "admin@12345", "admin@123456", "admin@2020", "admin@2021", "admin@2022",
    "admin@2023", "admin@2024", "admin@2025", "admin@2026", "admin@666", "admin@888", "admin@admin",
    "admin@admin1", "admin@huawei", "administrator", "administrator1", "administrator@123", "aini1314",
    "aini1314!", "aini520!", "ainiyibeizi", "ainiyiwannian", "alibaba@123", "angel123!", "apple123",
    "apple123!", "apple@123", "aq1sw2de3", "as123456", "as123456!", "asd!@#123", "asd123!@#", "asd123456",
    "asdasd123", "asdasd123!", "asdf123!", "asdf1234", "asdf1234!", "asdf@1234", "asdfgh1!", "asdfgh123!",
    "asdfghjk", "asdfghjkl", "asdfghjkl1", "asdfghjkl123", "asdfghjkl;'", "asdqwe123", "asdqwe123!",
    "autumn2024!", "autumn2025!", "autumn2026!", "baobao123", "baobao123!", "baobei520!", "baseball1",
    "baseball1!", "basketball1!", "batman123!", "bbbbbb1!", "beijing1", "beijing123", "beijing123!",
    "beijing2008", "beijing2008!", "beijing2022!", "beijing@123", "beijing@2008", "beijing@2022",
    "beijinghuanyingni", "bgt5vfr4", "bjcl1234!", "bjcl@123", "blink182!", "canlian123", "canlian123!",
    "canlian@123", "caonima1", "caonima123", "cde3vfr4", "ceshi123", "ceshi123!", "ceshi@123", "changeme",
    "changeme1", "changeme1!", "changeme123", "changeme123!", "changeme@123", "charlie1", "chen123456",
    "chen@123", "china123", "china123!", "china1949!", "china2008!", "china@123", "china@1949", "company123",
    "company@123", "computer1", "computer1!", "cookie123!", "correcthorsebatterystaple", "dajiahao1!",
    "default@123", "demo123!", "demo1234", "demo@123", "demo@1234", "denglu123!", "denglu@123", "dragon123",
    "dragon123!", "edcrfvtgb", "facai168!", "facai888", "facai888!", "flower123!", "football1", "football1!",
    "freedom1!", "friday123!", "gongxifacai", "gongxifacai8!", "google123", "guangzhou123", "guest123",
    "guest@123", "h3c@1234", "hello123", "hello123!", "hello1234", "hello2024!", "hello2025!", "hello2026!",
    "hello@123", "huawei12#$", "huawei123", "huawei@123", "huawei@1234", "iloveyou", "iloveyou!", "iloveyou1",
    "iloveyou1!", "iloveyou123", "iloveyou1314", "iloveyou1314!", "iloveyou2!", "iloveyou520", "iloveyou520!",
    "iloveyou@520", "iloveyouiloveyou", "internet1", "internet1!", "january2026!", "jiayou123!", "jordan23",
    "jordan23!", "kefu@123", "killer123!", "laoban888!", "laogong1314", "laopo1314!", "lenovo@123",
    "letmein1", "letmein1!", "letmein123", "letmein123!", "letmein@123", "letmeinletmein1", "li123456",
    "li123456!", "li@123456", "liu123456", "liu@1234", "lkjhgf1!", "lkjhgfdsa", "love1314", "love1314!",
    "love520!", "love5201314", "love5201314!", "lovely123!", "manager@123", "master123", "master123!",
    "master@123", "michael1", "michael1!", "mima123!", "mima1234", "mima123456", "mima@123", "mima@1234",
    "mju7nhy6", "mnbvcxz1", "monday123!", "monkey123", "monkey123!", "mypassword123456", "mysql@123",
    "nhy6bgt5", "nihao123", "nihao123!", "nihao@123", "nothing1!", "office@123", "oracle@123", "p@55w0rd",
    "p@55w0rd1", "p@ssw0rd", "p@ssw0rd!", "p@ssw0rd1", "p@ssw0rd1!", "p@ssw0rd12", "p@ssw0rd123",
    "p@ssw0rd1234", "p@ssw0rd2020", "p@ssw0rd2021", "p@ssw0rd2022", "p@ssw0rd2023", "p@ssw0rd2024",
    "p@ssw0rd2025", "p@ssw0rd2026", "p@ssword", "p@ssword1", "p@ssword1!", "p@ssword12", "p@ssword123",
    "pa$$w0rd", "pa$$w0rd1", "pa$$word", "pa$$word1", "pass!234", "pass#123", "pass123!", "pass1234",
    "pass1234!", "pass1word", "pass@123", "pass@1234", "pass@12345", "passw0rd", "passw0rd!", "passw0rd!@#",
    "passw0rd1", "passw0rd1!", "passw0rd123", "passw0rd@1", "passw0rd@123", "passwd123", "passwd@123",
    "password", "password!", "password#1", "password#123", "password$123", "password1", "password1!",
    "password12", "password123", "password123!", "password1234", "password@1", "password@12", "password@123",
    "password@1234", "passwordpassword", "plokijuh", "poiuyt1!", "poiuytre1!", "poiuytrewq", "pokemon1!",
    "postgres123", "postgres@123", "princess1", "princess1!", "princess123", "q1w2e3!@#", "q1w2e3r4",
    "q1w2e3r4!", "q1w2e3r4t5", "q1w2e3r4t5!", "q5201314!", "qaz!@#wsx", "qaz123!@#", "qaz123wsx",
    "qaz@123456", "qazwsx!@#", "qazwsx123", "qazwsx123!", "qazwsx@123", "qazwsxedc", "qazwsxedc1",
    "qazwsxedc123", "qazwsxedc123!", "qq112233", "qq112233!", "qq123!@#", "qq123456", "qq123456!",
    "qq1234567", "qq123456@", "qq5201314", "qq@123456", "qqq123!@#", "qqqq1111", "qqqq1111!", "qrgate123",
    "qrgate123!", "qrgate@123", "qwe!@#123", "qwe123!@#", "qwe12345", "qwe123456", "qweasd!@#", "qweasd123",
    "qweasd123!", "qweasd@123", "qweasdzxc", "qweasdzxc1", "qweasdzxc123", "qweasdzxc123!", "qweqwe123",
    "qweqwe123!", "qwer!234", "qwer!@#$", "qwer!@#123", "qwer#1234", "qwer123!", "qwer1234", "qwer1234!",
    "qwer1234!@#$", "qwer1234#", "qwer1234@", "qwer1234qwer", "qwer@1234", "qwert!@#45", "qwert123!",
    "qwert12345!", "qwerty!@#", "qwerty!@#123", "qwerty#123", "qwerty1!", "qwerty12", "qwerty12!",
    "qwerty123", "qwerty123!", "qwerty1234", "qwerty12345", "qwerty123456", "qwerty@1", "qwerty@12",
    "qwerty@123", "qwerty@1234", "qwertyu1!", "qwertyui", "qwertyuiop", "qwertyuiop123456", "qwertyuiop[]\\",
    "qwertyuiopasdfgh", "qwertyuiopasdfghjkl", "rfvtgbyhn", "root!123", "root#123", "root123!", "root1234",
    "root123456", "root@123", "root@1234", "root@12345", "root@123456", "samsung1!", "samsung123",
    "secret123", "secret123!", "secret@123", "security1!", "server@123", "service@123", "shadow123",
    "shanghai123", "shanghai@123", "shenzhen123", "spring2024!", "spring2025!", "spring2026!", "spring@2026",
    "starwars1", "starwars1!", "summer2020!", "summer2021!", "summer2022!", "summer2023!", "summer2024!",
    "summer2025!", "summer2026!", "summer@2024", "summer@2025", "summer@2026", "sunshine1", "sunshine1!",
    "sunshine123", "superadmin", "superadmin@123", "superman1", "superman1!", "superman123", "sysadmin123",
    "sysadmin@123", "system@123", "taobao123", "temp1234", "temp@123", "temp@1234", "tencent@123", "test!123",
    "test#123", "test123!", "test1234", "test123456", "test@123", "test@1234", "test@123456",
    "thisisapassword", "thisismypassword", "tiananmenguangchang", "tiantian123!", "toor@123", "trustno1",
    "trustno1!", "user123!", "user1234", "user@123", "user@1234", "vfr4cde3", "wang123456", "wang123456!",
    "wang@123", "wangyi123", "wechat123", "wechat@123", "weixin123", "weixin123!", "weixin@123", "welcome1",
    "welcome1!", "welcome123", "welcome123!", "welcome@1", "welcome@12", "welcome@123", "welcome@1234",
    "whatever1!", "winter2020!", "winter2021!", "winter2022!", "winter2023!", "winter2024!", "winter2025!",
    "winter2026!", "winter@2025", "winter@2026", "wo5201314", "woaibeijing", "woaibeijing1!",
    "woaibeijingtiananmen", "woaini!1314", "woaini12", "woaini123", "woaini123!", "woaini123456",
    "woaini1314", "woaini1314!", "woaini1314#", "woaini1314@", "woaini168", "woaini520", "woaini520!",
    "woaini5201314", "woaini5201314!", "woaini521", "woaini521!", "woaini888", "woaini99", "woaini@1314",
    "woaini@520", "woainiwoainiwoaini", "woaiwojia", "woaiwojia1!", "woaizhongguo", "woaizhongguo1!",
    "wodemima", "wodemima1!", "wodemima123", "wodemima123!", "wodemimawodemima", "wsxedc123", "xiaoming123",
    "xiaoming@123", "xsw2!qaz", "xsw21qaz", "xxxxxx1!", "year2024!", "year2025!", "year2026!", "yonghu@123",
    "zaq!2wsx", "zaq1!qaz", "zaq12wsx", "zaq12wsx!", "zaq1@wsx", "zhang123!", "zhang123456", "zhang@123",
    "zhengfu@123", "zhongguo1", "zhongguo123", "zhongguo1949!", "zhongguo@123", "zhongguozhongguo",
    "zhonghuarenmin123", "zhonghuarenmingongheguo", "zxc123!@#", "zxcasdqwe", "zxcasdqwe123", "zxcv1234",
    "zxcv1234!", "zxcvbn1!", "zxcvbn123!", "zxcvbnm1", "zxcvbnm123", "zxcvbnm123!", "zxcvbnm@123", "zzzzzz1!",
});
// clang-format on
static_assert(std::ranges::adjacent_find(words, std::ranges::greater_equal{}) == words.end(),
              "sorted, each once");

constexpr unsigned char lower(char c) noexcept {
    return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool comes_before(std::string_view a, std::string_view b) noexcept {
    return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

bool is_in(std::span<const std::string_view> list, std::string_view password) noexcept {
    const auto found = std::ranges::lower_bound(list, password, comes_before);
    return found != list.end() && !comes_before(password, *found);
}

bool is_listed(std::string_view password) noexcept {
    return is_in(words, password) || is_in(leaked_passwords(), password);
}

constexpr bool is_mark(char c) noexcept {
    return c > 0x20 && c < 0x7F && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z');
}

// Without the marks that a rule about special characters puts in front or behind.
std::string_view bare(std::string_view password) noexcept {
    while (!password.empty() && is_mark(password.front()))
        password.remove_prefix(1);
    while (!password.empty() && is_mark(password.back()))
        password.remove_suffix(1);
    return password;
}

// Whether each character equals the one `period` places before it.
bool repeats(std::string_view password, std::size_t period) noexcept {
    return std::ranges::equal(password.substr(period), password.substr(0, password.size() - period), {},
                              lower, lower);
}

}  // namespace

bool is_common_password(std::string_view password) noexcept {
    if (is_listed(password) || is_listed(bare(password))) return true;
    for (std::size_t period = 1; period < password.size(); ++period) {
        if (!repeats(password, period)) continue;
        if (period <= 2 || is_listed(password.substr(0, period))) return true;
    }
    return false;
}

std::span<const std::string_view> common_passwords() noexcept {
    return words;
}

}  // namespace qrgate
