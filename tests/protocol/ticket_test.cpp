#include "protocol/ticket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <ostream>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <tuple>

namespace qrgate {

void PrintTo(TicketState state, std::ostream* out) {
    *out << name_of(state);
}
void PrintTo(Errc errc, std::ostream* out) {
    *out << info(errc).code;
}

namespace {

using namespace std::chrono_literals;
using enum TicketState;
using enum TicketEvent;

const WallTime start{std::chrono::seconds{1'795'000'000}};
const TicketTimes times{};

const std::map<TicketEvent, TicketActor> right_actor{
    {scan, TicketActor::scanner},   {confirm, TicketActor::scanner},
    {deny, TicketActor::scanner},   {wrong_signature, TicketActor::scanner},
    {redeem, TicketActor::browser}, {wrong_code, TicketActor::browser},
    {cancel, TicketActor::browser}, {timeout, TicketActor::clock}};

TicketLife life_in(TicketState state) {
    return {.state = state, .deadline = start + 300s};
}

Result<TicketLife> happens(const TicketLife& life, TicketEvent event, WallTime now) {
    return apply(life, event, right_actor.at(event), now, times);
}

// When the event can come at all: a timeout at the deadline, everything else before it.
WallTime moment_of(TicketEvent event, const TicketLife& life) {
    return event == timeout ? life.deadline : start;
}

using Arrow = std::tuple<std::string, std::string, std::string>;  // from, to, event

std::set<Arrow> drawn_arrows() {
    std::ifstream file(QRGATE_SOURCE_DIR "/protocol/ticket.md");
    const std::regex arrow(R"(^\s*(\w+) --> (\w+) : (\w+)\s*$)");
    std::set<Arrow> arrows;
    std::smatch match;
    for (std::string line; std::getline(file, line);)
        if (std::regex_match(line, match, arrow)) arrows.emplace(match[1], match[2], match[3]);
    return arrows;
}

std::set<Arrow> arrows_of_the_machine() {
    std::set<Arrow> arrows;
    for (const auto state : all_ticket_states) {
        for (const auto event : all_ticket_events) {
            for (int wrong = 0; wrong < max_wrong_signatures; ++wrong) {
                TicketLife life = life_in(state);
                life.wrong_signatures = wrong;
                life.wrong_codes = std::min(wrong, max_wrong_codes - 1);
                const auto next = happens(life, event, moment_of(event, life));
                if (next) arrows.emplace(name_of(state), name_of(next->state), name_of(event));
            }
        }
    }
    return arrows;
}

TEST(TicketDiagram, ShowsExactlyWhatTheMachineDoes) {
    const auto drawn = drawn_arrows();

    EXPECT_EQ(drawn.size(), 13U);
    EXPECT_EQ(drawn, arrows_of_the_machine());
}

TEST(TicketDiagram, LeavesNothingButTicketStateForWhatIsNotDrawn) {
    const auto drawn = drawn_arrows();
    for (const auto state : all_ticket_states) {
        for (const auto event : all_ticket_events) {
            const bool has_arrow = std::ranges::any_of(drawn, [&](const Arrow& arrow) {
                return std::get<0>(arrow) == name_of(state) && std::get<2>(arrow) == name_of(event);
            });
            const TicketLife life = life_in(state);
            if (has_arrow) continue;
            EXPECT_EQ(happens(life, event, moment_of(event, life)).error(), Errc::ticket_state)
                << name_of(state) << ' ' << name_of(event);
        }
    }
}

TEST(Ticket, HearsNobodyButTheRightActor) {
    for (const auto state : all_ticket_states) {
        for (const auto event : all_ticket_events) {
            for (const auto actor :
                 {TicketActor::scanner, TicketActor::browser, TicketActor::clock, TicketActor::stranger}) {
                const bool open = state == scanned || state == confirmed;
                if (actor == right_actor.at(event)) continue;
                if (event == scan && actor == TicketActor::stranger && open) continue;
                EXPECT_EQ(apply(life_in(state), event, actor, start, times).error(), Errc::ticket_unknown)
                    << name_of(state) << ' ' << name_of(event) << ' ' << static_cast<int>(actor);
            }
        }
    }
}

TEST(Ticket, IsTakenForASecondPhone) {
    for (const auto state : {scanned, confirmed}) {
        EXPECT_EQ(apply(life_in(state), scan, TicketActor::stranger, start, times).error(),
                  Errc::ticket_taken);
        EXPECT_EQ(apply(life_in(state), scan, TicketActor::stranger, start + 300s, times).error(),
                  Errc::ticket_expired);
    }
}

TEST(Ticket, HasFiveMinutesFromTheScanToTheConfirmation) {
    const auto life = happens(TicketLife{}, scan, start);

    ASSERT_TRUE(life);
    EXPECT_EQ(life->state, scanned);
    EXPECT_EQ(life->deadline, start + 300s);
    EXPECT_TRUE(happens(*life, confirm, start + 300s - 1us));
    EXPECT_EQ(happens(*life, confirm, start + 300s).error(), Errc::ticket_expired);
}

TEST(Ticket, KeepsItsDeadlineWhenTheScannerScansAgain) {
    const auto life = happens(life_in(scanned), scan, start + 100s);

    ASSERT_TRUE(life);
    EXPECT_EQ(life->state, scanned);
    EXPECT_EQ(life->deadline, start + 300s);
}

TEST(Ticket, HasItsOwnDeadlineAfterTheConfirmation) {
    const auto life =
        apply(life_in(scanned), confirm, TicketActor::scanner, start + 10s, {.confirm = 300s, .redeem = 60s});

    ASSERT_TRUE(life);
    EXPECT_EQ(life->deadline, start + 70s);
    EXPECT_TRUE(happens(*life, redeem, start + 70s - 1us));
    EXPECT_EQ(happens(*life, redeem, start + 70s).error(), Errc::ticket_expired);
}

TEST(Ticket, DoesNotExpireBeforeItsDeadline) {
    for (const auto state : {scanned, confirmed}) {
        EXPECT_EQ(happens(life_in(state), timeout, start + 300s - 1us).error(), Errc::ticket_state);
        EXPECT_EQ(happens(life_in(state), timeout, start + 300s)->state, expired);
    }
}

TEST(Ticket, TakesNothingButATimeoutOnceItsDeadlinePassed) {
    for (const auto state : {scanned, confirmed}) {
        for (const auto event : all_ticket_events) {
            if (event == timeout) continue;
            EXPECT_EQ(happens(life_in(state), event, start + 300s).error(), Errc::ticket_expired)
                << name_of(event);
        }
    }
}

TEST(Ticket, DiesOfTheFifthWrongSignature) {
    TicketLife life = life_in(scanned);
    for (int i = 1; i <= max_wrong_signatures; ++i) {
        ASSERT_EQ(life.state, scanned) << i;
        life = happens(life, wrong_signature, start).value();
        EXPECT_EQ(life.wrong_signatures, i);
    }
    EXPECT_EQ(life.state, dead);
}

TEST(Ticket, CanBeConfirmedAfterFourWrongSignatures) {
    TicketLife life = life_in(scanned);
    life.wrong_signatures = 4;

    EXPECT_EQ(happens(life, confirm, start)->state, confirmed);
}

TEST(Ticket, DiesOfTheThirdWrongCode) {
    TicketLife life = life_in(confirmed);
    for (int i = 1; i <= max_wrong_codes; ++i) {
        ASSERT_EQ(life.state, confirmed) << i;
        life = happens(life, wrong_code, start).value();
        EXPECT_EQ(life.wrong_codes, i);
    }
    EXPECT_EQ(life.state, dead);
}

TEST(Ticket, IsRedeemedOnce) {
    const auto life = happens(life_in(confirmed), redeem, start);

    ASSERT_TRUE(life);
    EXPECT_EQ(life->state, redeemed);
    EXPECT_EQ(happens(*life, redeem, start).error(), Errc::ticket_state);
}

TEST(Ticket, StatesAreReadBackByName) {
    for (const auto state : all_ticket_states)
        EXPECT_EQ(ticket_state(name_of(state)), state);
    EXPECT_FALSE(ticket_state("Live"));
    EXPECT_FALSE(ticket_state(""));
}

bool may_be_done_by_hand(const TicketLife& life, WallTime now) {
    return life.state == live || (!is_final(life.state) && now < life.deadline);
}

// What must hold for every step, whoever does what and when.
void check_step(const TicketLife& before, TicketEvent event, TicketActor actor, WallTime now,
                const TicketLife& after) {
    EXPECT_FALSE(is_final(before.state));
    EXPECT_EQ(actor, right_actor.at(event));
    EXPECT_LE(after.wrong_signatures, max_wrong_signatures);
    EXPECT_LE(after.wrong_codes, max_wrong_codes);
    EXPECT_GE(after.wrong_signatures, before.wrong_signatures);
    EXPECT_GE(after.wrong_codes, before.wrong_codes);
    if (event == timeout)
        EXPECT_GE(now, before.deadline);
    else
        EXPECT_TRUE(may_be_done_by_hand(before, now));
    if (after.state == redeemed) EXPECT_EQ(before.state, confirmed);
    if (after.state == confirmed && before.state != confirmed) {
        EXPECT_EQ(before.state, scanned);
        EXPECT_EQ(after.deadline, now + times.redeem);
    }
    if (after.state == scanned && before.state == live) EXPECT_EQ(after.deadline, now + times.confirm);
    if (after.state == before.state) EXPECT_EQ(after.deadline, before.deadline);
    if (after.state == dead)
        EXPECT_TRUE(after.wrong_signatures == max_wrong_signatures || after.wrong_codes == max_wrong_codes);
    else
        EXPECT_TRUE(after.wrong_signatures < max_wrong_signatures && after.wrong_codes < max_wrong_codes);
}

// How often each final state was reached: a property that is never met by an example proves nothing.
using Ends = std::map<TicketState, int>;

void live_one_random_life(std::mt19937_64& chance, Ends& ends) {
    const auto below = [&](std::uint64_t bound) { return static_cast<std::size_t>(chance() % bound); };
    TicketLife life;
    WallTime now = start;
    for (int step = 0; step < 40; ++step) {
        now += std::chrono::seconds{below(10) == 0 ? below(400) : below(8)};
        const auto event = all_ticket_events[below(all_ticket_events.size())];
        const auto actor = below(4) == 0 ? static_cast<TicketActor>(below(4)) : right_actor.at(event);
        const auto next = apply(life, event, actor, now, times);
        if (!next) continue;
        check_step(life, event, actor, now, *next);
        if (is_final(next->state)) ++ends[next->state];
        life = *next;
    }
}

TEST(Ticket, KeepsItsRulesWhateverHappensInWhateverOrder) {
    Ends ends;
    for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
        std::mt19937_64 chance(seed);
        live_one_random_life(chance, ends);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
    for (const auto state : {redeemed, denied, cancelled, expired, dead})
        EXPECT_GT(ends[state], 0) << name_of(state);
}

}  // namespace
}  // namespace qrgate
