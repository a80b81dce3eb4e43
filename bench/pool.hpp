// What only one may use at a time: connections, phones, browsers that wait. Waiters are served in order.
// Owned by its load; used on one thread. Invariant: what is leased comes back when its lease ends, also when
// the coroutine that held it was cancelled.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "storage/task.hpp"

namespace qrgate::bench {

namespace asio = boost::asio;

template <class T>
class Pool {
public:
    class Lease {
    public:
        Lease(Pool& pool, T* item) : pool_(&pool), item_(item) {}
        Lease(Lease&& other) noexcept : pool_(other.pool_), item_(std::exchange(other.item_, nullptr)) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (item_ != nullptr) pool_->give_back(item_);
        }
        T* operator->() const noexcept { return item_; }
        T& operator*() const noexcept { return *item_; }

    private:
        Pool* pool_;
        T* item_;
    };

    void add(std::unique_ptr<T> item) {
        free_.push_back(item.get());
        all_.push_back(std::move(item));
    }
    // Before the executor of what is in it ends; nothing may be leased any more.
    void clear() {
        free_.clear();
        all_.clear();
    }
    std::size_t size() const noexcept { return all_.size(); }
    std::size_t free() const noexcept { return free_.size(); }
    const std::vector<std::unique_ptr<T>>& all() const noexcept { return all_; }

    Task<Lease> take() {
        if (!free_.empty()) {
            T* item = free_.front();
            free_.pop_front();
            co_return Lease(*this, item);
        }
        auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
        waiters_.push_back(waiter);
        co_await waiter->bell.async_wait(asio::as_tuple(use_task));
        if (waiter->item == nullptr) {
            waiter->gone = true;
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        co_return Lease(*this, waiter->item);
    }

private:
    struct Waiter {
        explicit Waiter(const Executor& executor) : bell(executor, Timer::time_point::max()) {}
        Timer bell;
        T* item = nullptr;
        bool gone = false;
    };

    void give_back(T* item) {
        while (!waiters_.empty() && waiters_.front()->gone)
            waiters_.pop_front();
        if (waiters_.empty()) {
            free_.push_back(item);
            return;
        }
        // Handed over at once: a bell is heard a turn later, and nobody else may take it in between.
        waiters_.front()->item = item;
        waiters_.front()->bell.cancel();
        waiters_.pop_front();
    }

    std::vector<std::unique_ptr<T>> all_{};
    std::deque<T*> free_{};
    std::deque<std::shared_ptr<Waiter>> waiters_{};
};

}  // namespace qrgate::bench
