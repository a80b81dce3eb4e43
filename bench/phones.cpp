#include "bench/phones.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <map>

#include "bench/lanes.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

// The server hashes a few passwords at a time; more would only wait there.
constexpr std::size_t at_a_time = 8;

struct Preparing {
    PhonePlan plan;
    std::map<std::string, PhoneMemory> known = {};  // by number
    std::vector<std::unique_ptr<Phone>> phones = {};
    std::size_t done = 0;
    std::size_t enrolled = 0;
    Progress* progress = nullptr;
};

Task<void> prepare_one(Preparing& all, std::size_t which) {
    const BenchPerson person = all.plan.people[which];
    Phone& phone = *all.phones[which];
    bool ready = false;
    if (auto known = all.known.find(person.number); known != all.known.end()) {
        phone.remember(known->second);
        ready = co_await phone.still_known();
    }
    if (!ready) {
        const std::string fault = co_await phone.enrol(person);
        if (!fault.empty()) {
            throw CannotMeasure(
                fmt::format("the phone of {} cannot be enrolled ({}): were the people imported, and was the "
                            "server started with --demo --bench --set login.captcha=off?",
                            person.number, fault));
        }
        ++all.enrolled;
    }
    ++all.done;
    all.progress->show(std::chrono::steady_clock::now(),
                       static_cast<double>(all.done) / static_cast<double>(all.plan.people.size()),
                       fmt::format("{} phones", all.done));
}

}  // namespace

Task<void> prepare_phones(PhonePlan plan, Pool<Phone>& phones, Progress& progress) {
    auto executor = co_await asio::this_coro::executor;
    Preparing all{.plan = std::move(plan), .progress = &progress};
    if (!all.plan.file.empty() && std::filesystem::exists(all.plan.file)) {
        for (PhoneMemory& memory : load_phones(all.plan.file))
            all.known[memory.number] = std::move(memory);
    }
    for (std::size_t i = 0; i < all.plan.people.size(); ++i)
        all.phones.push_back(std::make_unique<Phone>(executor, all.plan.target,
                                                     all.plan.sources[i % all.plan.sources.size()]));
    co_await in_lanes(at_a_time, all.phones.size(),
                      [&all](std::size_t which) { return prepare_one(all, which); });
    for (auto& phone : all.phones) {
        all.known[phone->memory().number] = phone->memory();
        phones.add(std::move(phone));
    }
    if (all.plan.file.empty() || all.enrolled == 0) co_return;
    std::vector<PhoneMemory> kept;
    for (auto& [number, memory] : all.known)
        kept.push_back(std::move(memory));
    save_phones(all.plan.file, kept);
}

}  // namespace qrgate::bench
