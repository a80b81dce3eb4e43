#include "tests/simulation/world.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace qrgate::tests::simulation {

namespace {

constexpr std::size_t browsers_in_all = 5;

}  // namespace

Weather weather_of(std::uint64_t seed) {
    Weather weather;
    weather.together = 1 + static_cast<int>(seed % 3);
    weather.slowest = seed % 5 == 0 ? 0 : 3;
    weather.lost_answers_per_cent = seed % 4 == 0 ? 0 : 8;
    weather.failures_per_mille = seed % 2 == 0 ? 0 : 25;
    weather.backwards = seed % 7 == 0;
    return weather;
}

World::World(std::uint64_t seed, Weather weather)
    : Fixture(seed, &front), weather_(weather), dice_(seed), fates_(seed + 1), attacker_(*this) {
    front.stand_before(storage);
    config.typed_code = seed % 2 == 0 ? TypedCodePolicy::always : TypedCodePolicy::off;
    browsers.reserve(browsers_in_all);
    for (std::size_t i = 0; i < browsers_in_all; ++i)
        browsers.emplace_back(*this, i);
    owners.reserve(3);
    owners.emplace_back(*this, lin, KeyAlgorithm::p256);
    owners.emplace_back(*this, gongsi, KeyAlgorithm::sm2);
    owners.emplace_back(*this, hao, KeyAlgorithm::p256);
    front.fate = [this](std::string_view) {
        if (dead_) return Fate::not_done;
        if (fates_() % 1000 >= static_cast<unsigned>(weather_.failures_per_mille)) return Fate::done;
        return static_cast<Fate>(1 + fates_() % 3);
    };
    if (weather_.slowest > 0)
        front.turns = [this] { return static_cast<unsigned>(fates_() % (weather_.slowest + 1)); };
}

// Mostly a token of now, sometimes one of long ago.
std::string World::any_token() {
    if (newest_tokens.empty()) return "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const std::size_t reach =
        happens(25) ? newest_tokens.size() : std::min<std::size_t>(newest_tokens.size(), browsers.size());
    return newest_tokens[below(reach)];
}

std::string World::last_moves() const {
    std::string text;
    for (const std::string& line : record.last)
        text += line + "\n";
    return text;
}

// The loop turns only while every worker rests, so that results come home in the same order each time.
void World::run_until(const std::function<bool()>& reached) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!reached()) {
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error("a request was never answered");
        while (signing.unfinished() + hashing.unfinished() > 0)
            std::this_thread::sleep_for(20us);
        io.restart();
        if (io.poll_one() == 0) io.run_one_for(1ms);
    }
}

// What the contract with the outside says of any answer.
void World::judge(const Move& move, const Response& answer, bool storage_failed) {
    const std::string code = code_of(answer);
    const std::string line = move.what + " -> " + std::to_string(answer.status) + " " + code;
    record.note(line);
    if (answer.status >= 400) {
        ++record.refusals;
        if (code.empty()) record.against_protocol.push_back(line + ": an error without a code");
    }
    if (answer.status >= 500 && answer.status != 503)
        record.against_protocol.push_back(line + ": an error of the server");
    if (answer.status == 503 && !storage_failed && !dead_)
        record.against_protocol.push_back(line + ": not available though all is well");
    if (move.must_be_refused && answer.status < 400)
        record.against_protocol.push_back(line + ": the attacker was not refused");
}

void World::all_at_once(std::vector<Move> moves) {
    const auto failures = front.failures();
    std::vector<Pending> answers;
    for (const Move& move : moves)
        answers.push_back(begin(move.request));
    run_until(
        [&] { return std::ranges::all_of(answers, [](const Pending& it) { return it->has_value(); }); });
    for (std::size_t i = 0; i < moves.size(); ++i) {
        ++record.moves;
        judge(moves[i], **answers[i], front.failures() > failures);
        if (dead_ || happens(weather_.lost_answers_per_cent)) {
            record.note("    and the answer was lost");
            ++record.lost_answers;
        } else if (moves[i].heard) {
            moves[i].heard(**answers[i]);
        }
    }
    listen();
}

Response World::alone(Request request) {
    const Pending answer = begin(std::move(request));
    run_until([&] { return answer->has_value(); });
    listen();
    return std::move(**answer);
}

void World::listen() {
    for (Browser& browser : browsers)
        browser.listens();
}

Move World::any_move() {
    Browser& browser = browsers[below(browsers.size())];
    PhoneOwner& owner = owners[below(owners.size())];
    switch (below(20)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return browser.has_pre_session() ? browser.sits() : browser.visits();
        case 4:
            return browser.cancels();
        case 5:
            return browser.logs_out();
        case 6:
        case 7:
        case 8:
            return browser.redeems();
        case 9:
        case 10:
        case 11:
        case 12:
            return owner.scans(any_token());
        case 13:
            return owner.denies(happens(50) ? owner.newest.empty() ? any_token() : owner.newest
                                            : any_token());
        case 14:
            return owner.looks(any_token());
        case 15:
            return happens(30) ? owner.undoes() : owner.looks(any_token());
        case 16:
            return attacker_.attacks();
        default:
            return owner.confirms();
    }
}

// Levels, locks, certificates.
void World::operator_acts() {
    PhoneOwner& owner = owners[below(owners.size())];
    switch (below(3)) {
        case 0:
            record.note("level of " + owner.who->phone);
            set_level(*owner.who, owner.who->level = owner.who->level == 3 ? 2 : 3);
            break;
        case 1:
            record.note("lock and unlock " + owner.who->phone);
            lock(*owner.who);
            stored(storage.set_person_state(owner.who->id, PersonState::active, clock.now(), {}));
            owner.has_a_new_login(owner.phone.algorithm);
            break;
        default:
            record.note("new certificate of " + owner.who->phone);
            if (owner.who->level == 3) owner.has_a_new_certificate();
    }
}

void World::time_passes() {
    const auto by = std::chrono::seconds(happens(12) ? below(400) : below(10));
    const bool back = weather_.backwards && happens(20);
    record.note("clock " + std::string(back ? "-" : "+") + std::to_string(by.count()));
    advance(back ? -by : by);
}

void World::sweep() {
    const auto ended = stored(storage.expire_tickets(clock.now(), 100));
    for (const Ticket& ticket : ended)
        room.expired(ticket);
    listen();
}

void World::dies_and_starts() {
    record.note("the server dies and starts again");
    dead_ = true;
    all_at_once({any_move()});
    restart();
    dead_ = false;
    listen();
}

void World::step() {
    const std::size_t roll = below(100);
    if (roll < 76) {
        std::vector<Move> moves;
        for (std::size_t left = 1 + below(static_cast<std::size_t>(weather_.together)); left > 0; --left)
            moves.push_back(any_move());
        all_at_once(std::move(moves));
    } else if (roll < 80) {
        // The one whom the newest code belongs to comes for its session.
        const auto shown = owners[below(owners.size())].newest;
        if (record.shown.contains(shown)) all_at_once({browsers[record.shown[shown].browser].redeems()});
    } else if (roll < 82) {
        browsers[below(browsers.size())].leaves();
    } else if (roll < 83) {
        browsers[below(browsers.size())].is_another_one();
    } else if (roll < 85) {
        operator_acts();
    } else if (roll < 86) {
        dies_and_starts();
    } else if (roll < 89) {
        sweep();
    } else {
        time_passes();
    }
    listen();
}

void World::comes_to_rest() {
    weather_ = {};
    for (Browser& browser : browsers)
        browser.leaves();
    for (int i = 0; i < 20; ++i) {
        advance(60s);
        sweep();
    }
    run_until([&] {
        return tasks.size() == 0 && room.connections() == 0 &&
               signing.unfinished() + hashing.unfinished() == 0;
    });
}

}  // namespace qrgate::tests::simulation
