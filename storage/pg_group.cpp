#include "storage/pg_group.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "storage/pg_joined.hpp"
#include "storage/pg_result.hpp"
#include "storage/pool_plan.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr auto as_pair = asio::as_tuple(use_task);
constexpr int lone_runs_most = 3;  // a deadlock or a serialization failure is worth another try
constexpr std::string_view only_reading = "SET default_transaction_read_only = on";

PgTime now() {
    return std::chrono::steady_clock::now();
}

// The server gives up before we do, so that a slow member does not cost its neighbours the connection.
std::chrono::milliseconds statement_timeout(const PgOptions& options) {
    return std::max(options.deadline * 2 / 3, std::chrono::milliseconds{1});
}

bool is_worth_another_try(const PgCall& call) {
    return pg_result::lost_a_race(call.sqlstate);
}

Errc errc_of(PgSegment::End end) {
    switch (end) {
        case PgSegment::End::not_sent:
            return Errc::database_unavailable;
        case PgSegment::End::late:
            return Errc::timed_out;
        case PgSegment::End::lost:
            return Errc::in_doubt;
        case PgSegment::End::refused:
        case PgSegment::End::committed:
            break;
    }
    return Errc::internal_error;
}

}  // namespace

PgGroup::Member::Member(Executor executor, PgStatement statement, PgValues values)
    : call{.statement = statement, .values = std::move(values)}, bell(executor) {}

struct PgGroup::Joint {
    const PgJoined* form = nullptr;  // null: one member, as it is
    std::vector<Member*> members = {};
    PgCall call = {};

    bool takes(const Member& member) const {
        const auto& other = member.call;
        return form != nullptr && form == other.statement.joined &&
               std::none_of(members.begin(), members.end(), [&](const Member* one) {
                   return one->call.values.front() == other.values.front();
               });
    }
};

// In the order of their first members.
std::vector<PgGroup::Joint> PgGroup::join(const Members& members) {
    std::vector<Joint> joints;
    for (const auto& member : members) {
        auto joint =
            std::find_if(joints.begin(), joints.end(), [&](const Joint& one) { return one.takes(*member); });
        if (joint == joints.end()) {
            joints.push_back({.form = member->call.statement.joined});
            joint = joints.end() - 1;
        }
        joint->members.push_back(member.get());
    }
    for (Joint& joint : joints) {
        if (joint.members.size() == 1) joint.form = nullptr;
        if (joint.form == nullptr) continue;
        std::vector<const PgValues*> values;
        for (const Member* member : joint.members)
            values.push_back(&member->call.values);
        joint.call.statement = joint.form->statement;
        joint.call.values = joined_values(*joint.form, values);
    }
    return joints;
}

void PgGroup::share_out(Joint& joint) {
    if (joint.form == nullptr) return;
    const auto& rows = joint.call.answer;
    const bool one_each = rows && rows->size() == joint.members.size();
    for (std::size_t i = 0; i < joint.members.size(); ++i) {
        auto& answer = joint.members[i]->call.answer;
        if (one_each) {
            answer = rows->only(i);
        } else {
            answer = rows ? Errc::internal_error : rows.error();
        }
    }
}

PgGroup::PgGroup(Executor executor, PgOptions options, PgUse use)
    : executor_(executor),
      options_(std::move(options)),
      use_(use),
      watch_(executor),
      pause_(executor),
      finished_(executor) {
    finished_.expires_at(PgTime::max());
}

void PgGroup::start(std::function<void()> on_connected) {
    on_connected_ = std::move(on_connected);
    running_ = true;
    auto self = shared_from_this();
    auto ended = [self](std::exception_ptr thrown) {
        self->running_ = false;
        self->refuse_queue(Errc::database_unavailable);
        self->finished_.cancel();
        // Nothing in work() throws but a lack of memory and the end of the io_context.
        if (thrown && !self->closing_) self->tell("the PostgreSQL group has ended by an exception");
    };
    // `work` is a member: its awaitable is kept alive by `ended`, which holds the group.
    asio::co_spawn(executor_, work(), std::move(ended));
}

Task<Result<PgRows>> PgGroup::submit(PgStatement statement, PgValues values) {
    if (closing_ || down_ || !running_) co_return Errc::database_unavailable;
    if (queue_.size() >= options_.waiting_limit) co_return Errc::busy;
    auto self = shared_from_this();
    auto member = std::make_shared<Member>(executor_, statement, std::move(values));
    member->submitted = now();
    member->deadline = member->submitted + options_.deadline;
    member->bell.expires_at(PgTime::max());
    queue_.push_back(member);
    unanswered_.push_back(member);
    if (!watching_) watch_deadlines();
    wake();

    co_await member->bell.async_wait(as_pair);
    if (member->answered) co_return std::move(member->call.answer);
    member->abandoned = true;
    if (!member->sent) co_return Errc::busy;
    co_return member->late ? Errc::timed_out : Errc::in_doubt;
}

void PgGroup::watch_deadlines() {
    watching_ = false;
    if (unanswered_.empty()) return;
    watch_.expires_at(unanswered_.front()->deadline);
    watch_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        auto self = weak.lock();
        if (error || !self) return;
        const PgTime time = now();
        auto& unanswered = self->unanswered_;
        for (; !unanswered.empty() && unanswered.front()->deadline <= time; unanswered.pop_front()) {
            unanswered.front()->late = true;
            unanswered.front()->bell.cancel();
        }
        self->watch_deadlines();
    });
    watching_ = true;  // only now: what could not be set must be tried again
}

void PgGroup::forget_answered() {
    while (!unanswered_.empty() && (unanswered_.front()->answered || unanswered_.front()->abandoned))
        unanswered_.pop_front();
    // Nobody comes any more whom it could ring for, and it would keep the io_context running.
    if (closing_ && unanswered_.empty()) watch_.cancel();
}

Task<void> PgGroup::close(PgTime deadline) {
    auto self = shared_from_this();
    closing_ = true;
    forget_answered();
    wake();
    pause_.cancel();
    if (running_) {
        finished_.expires_at(deadline);
        co_await finished_.async_wait(as_pair);
    }
    abandon();
    while (running_) {
        finished_.expires_at(PgTime::max());
        co_await finished_.async_wait(as_pair);
    }
}

void PgGroup::abandon() {
    closing_ = true;
    refuse_queue(Errc::database_unavailable);
    forget_answered();
    pause_.cancel();
    if (connection_) connection_->abort();
}

Task<void> PgGroup::work() {
    auto self = shared_from_this();
    while (!closing_) {
        co_await connect();
        if (connection_) co_await serve();
        connection_.reset();
    }
}

Task<void> PgGroup::connect() {
    PgConnectionSettings settings{.tell = options_.tell,
                                  .connection_string = options_.connection_string,
                                  .statement_timeout = statement_timeout(options_)};
    auto reason = std::make_shared<std::string>();
    const PgTime deadline = now() + options_.connect_deadline;
    auto opened = co_await PgConnection::open(executor_, std::move(settings), deadline, reason);
    // Not by the connection string: libpq would take such a session for one of a standby.
    if (opened && use_ == PgUse::read) {
        auto set = co_await (*opened)->script(std::string(only_reading), deadline);
        if (!set) {
            *reason = "refused to begin";
            opened = set.error();
        }
    }
    if (opened) {
        if (down_) tell("PostgreSQL is there again");
        connection_ = std::move(*opened);
        down_ = false;
        back_off_ = {};
        if (on_connected_) on_connected_();
        co_return;
    }
    if (!down_ && !closing_) tell("PostgreSQL cannot be reached: " + *reason);
    down_ = true;
    refuse_queue(Errc::database_unavailable);
    back_off_ = next_back_off(back_off_, options_.back_off_first, options_.back_off_most);
    if (!closing_) co_await pause(now() + back_off_);
}

Task<void> PgGroup::pause(PgTime until) {
    pause_.expires_at(until);
    co_await pause_.async_wait(as_pair);
}

Task<void> PgGroup::serve() {
    while (connection_->usable()) {
        if (queue_.empty()) {
            if (closing_) co_return;
            idle_ = true;
            co_await connection_->wait_while_idle();
            idle_ = false;
            continue;
        }
        // Whoever is ready in this turn comes along.
        if (queue_.size() < options_.group_limit) co_await asio::post(executor_, use_task);
        Members members = take();
        running_now_ = members.size();
        if (!members.empty()) co_await run_group(std::move(members));
        running_now_ = 0;
    }
}

// Nothing of these was sent: they wait for the next connection, first in the line as they were.
void PgGroup::put_back(Members members) {
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
        (*member)->sent = false;
        queue_.push_front(std::move(*member));
    }
}

PgGroup::Members PgGroup::take() {
    Members members;
    while (!queue_.empty() && members.size() < options_.group_limit) {
        auto member = std::move(queue_.front());
        queue_.pop_front();
        if (!member->abandoned && !member->late) members.push_back(std::move(member));
    }
    return members;
}

Task<void> PgGroup::run_group(Members members) {
    std::vector<PgSegment> together(1);
    std::vector<Joint> joints = join(members);
    for (const auto& member : members)
        member->sent = true;
    for (Joint& joint : joints)
        together.front().calls.push_back(joint.form == nullptr ? &joint.members.front()->call : &joint.call);
    const PgTime deadline = members.back()->deadline;
    co_await connection_->run_pipeline(together, deadline);

    const auto end = together.front().end;
    if (end == PgSegment::End::committed) {
        for (Joint& joint : joints)
            share_out(joint);
        for (const auto& member : members)
            answer(*member, std::move(member->call.answer));
    } else if (end == PgSegment::End::not_sent) {
        put_back(std::move(members));
    } else if (end != PgSegment::End::refused) {
        answer_all(members, errc_of(end));
    } else if (members.size() == 1 && !is_worth_another_try(members.front()->call)) {
        answer(*members.front(), members.front()->call.answer.error());
    } else {
        // Its time is used up; a statement that ran into the timeout would only hold up the others again.
        for (const auto& member : members) {
            if (member->call.sqlstate == "57014") answer(*member, Errc::timed_out);
        }
        std::erase_if(members, [](const auto& member) { return member->answered; });
        for (int run = 1; run <= lone_runs_most && !members.empty(); ++run) {
            members = co_await run_alone(std::move(members));
        }
        for (const auto& member : members)
            answer(*member, member->call.answer.error());
    }
}

// Returns those that deserve another run.
Task<PgGroup::Members> PgGroup::run_alone(Members members) {
    std::erase_if(members, [](const auto& member) { return member->abandoned; });
    std::vector<PgSegment> alone;
    for (const auto& member : members) {
        member->call.sqlstate.clear();
        member->call.answer = Errc::internal_error;
        alone.push_back({.calls = {&member->call}});
    }
    if (members.empty()) co_return Members{};
    const PgTime deadline = members.back()->deadline;
    co_await connection_->run_pipeline(alone, deadline);

    Members again;
    Members unsent;
    for (std::size_t i = 0; i < members.size(); ++i) {
        PgCall& call = members[i]->call;
        switch (alone[i].end) {
            case PgSegment::End::committed:
                answer(*members[i], std::move(call.answer));
                break;
            case PgSegment::End::refused:
                if (is_worth_another_try(call) && connection_->usable()) {
                    again.push_back(members[i]);
                } else {
                    answer(*members[i], call.answer.error());
                }
                break;
            case PgSegment::End::not_sent:
                unsent.push_back(members[i]);
                break;
            case PgSegment::End::lost:
            case PgSegment::End::late:
                answer(*members[i], errc_of(alone[i].end));
                break;
        }
    }
    put_back(std::move(unsent));
    co_return again;
}

void PgGroup::answer(Member& member, Result<PgRows> result) {
    if (member.abandoned || member.answered) return;
    if (options_.observe) options_.observe(member.call.statement.name, now() - member.submitted);
    member.call.answer = std::move(result);
    member.answered = true;
    member.bell.cancel();
    forget_answered();
}

void PgGroup::answer_all(const Members& members, Errc errc) {
    for (const auto& member : members)
        answer(*member, errc);
}

void PgGroup::refuse_queue(Errc errc) {
    for (const auto& member : std::exchange(queue_, {}))
        answer(*member, errc);
}

void PgGroup::wake() {
    if (connection_ && idle_) connection_->interrupt();
}

}  // namespace qrgate
