#include "server/key_watch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <stdexcept>

#include "server/certificate_authority.hpp"
#include "server/clock.hpp"
#include "server/database.hpp"
#include "server/log.hpp"
#include "server/waiting_room.hpp"
#include "storage/pg_reseal.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::milliseconds round_time{500};
constexpr int rounds_between_looks = 4;
// 500 rows twice a second: a million people in a quarter of an hour, beside everything else.
constexpr int rows_a_round = 500;

// Names, sizes and times of what is in the folder: another text, another content.
std::string entries_of(const std::filesystem::path& folder) {
    std::vector<std::string> entries;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        struct stat facts{};
        if (::lstat(at->path().c_str(), &facts) != 0) continue;
        entries.push_back(fmt::format("{} {} {} {}.{}\n", at->path().filename().string(), facts.st_ino,
                                      facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec));
    }
    std::ranges::sort(entries);
    std::string all;
    for (const std::string& entry : entries)
        all += entry;
    return all;
}

}  // namespace

KeyWatch::KeyWatch(const Executor& executor, Parts parts, std::filesystem::path data_folder,
                   std::chrono::seconds token_life)
    : parts_(parts),
      data_folder_(std::move(data_folder)),
      token_life_(token_life),
      bell_(executor),
      ring_(read_token_ring(data_folder_)),
      seen_(entries_of(data_folder_ / "keys") + entries_of(data_folder_ / "ca")) {}

Task<void> KeyWatch::run() {
    while (!stopped_) {
        look();
        co_await reseal();
        if (stopped_) break;
        bell_.expires_after(round_time);
        co_await bell_.async_wait(asio::as_tuple(use_task));
    }
}

void KeyWatch::look_now() {
    look_anyway_ = true;
    bell_.cancel();
}

void KeyWatch::stop() {
    stopped_ = true;
    bell_.cancel();
}

void KeyWatch::look() {
    if (look_anyway_ || ++rounds_ % rounds_between_looks == 0) {
        std::string now_there = entries_of(data_folder_ / "keys") + entries_of(data_folder_ / "ca");
        if (look_anyway_ || now_there != seen_) {
            seen_ = std::move(now_there);
            read_again();
        }
        look_anyway_ = false;
    }
    const WallTime now = parts_.clock.now();
    const TokenRing ring = ring_at(ring_, parts_.keys.tokens.node, now, token_life_);
    TokenRing& used = parts_.keys.tokens;
    const bool other = ring.current.id != used.current.id;
    const auto id_of = [](const std::optional<TokenKey>& key) { return key ? key->id : '-'; };
    if (other || id_of(ring.previous) != id_of(used.previous) || id_of(ring.next) != id_of(used.next)) {
        used = ring;
        parts_.room.use_ring(ring);
    }
    if (other) parts_.log.info("key_in_use", {{"purpose", "token"}, {"id", std::string(1, ring.current.id)}});
    if (auto key = parts_.database.look_at_the_time(now)) {
        resealed_ = false;
        parts_.log.info("key_in_use", {{"purpose", "sealing"}, {"id", *key}});
    }
    if (parts_.authority.look_at_the_time(now))
        parts_.log.info("key_in_use", {{"purpose", "ca"},
                                       {"id", parts_.authority.issuer_of(parts_.authority.certificate())}});
}

// Each kind for itself: a broken file of one kind holds nothing else up.
void KeyWatch::read_again() {
    std::string trouble;
    try {
        ring_ = read_token_ring(data_folder_);
    } catch (const std::runtime_error& error) {
        trouble = error.what();
    }
    if (auto read = parts_.database.read_field_keys_again(); !read) trouble = read.error();
    try {
        parts_.authority.read_again(parts_.clock.now());
    } catch (const std::runtime_error& error) {
        trouble = error.what();
    }
    if (trouble.empty()) parts_.log.info("keys_read");
    if (!trouble.empty() && trouble != told_) parts_.log.error("keys_refused", {{"what", trouble}});
    told_ = trouble;
}

Task<void> KeyWatch::reseal() {
    if (resealed_) co_return;
    auto done = co_await parts_.database.reseal_some(rows_a_round);
    if (!done || !done->finished) co_return;  // without the database: the next round tries again
    resealed_ = true;
    if (done->written > 0 || done->broken > 0)
        parts_.log.info("fields_resealed", {{"fields", done->written}, {"broken", done->broken}});
}

}  // namespace qrgate
