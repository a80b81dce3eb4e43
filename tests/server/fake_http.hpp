// An HttpClient that writes down what it is asked and answers what it was told, in that order; `busy` when it
// was told nothing. One thread.
#pragma once

#include <deque>
#include <vector>

#include "server/http_client.hpp"
#include "storage/task.hpp"

namespace qrgate::tests {

class FakeHttp final : public HttpClient {
public:
    Task<Result<HttpReply>> call(HttpCall call) override {
        calls.push_back(std::move(call));
        if (answers.empty()) co_return Errc::busy;
        Result<HttpReply> answer = std::move(answers.front());
        answers.pop_front();
        co_return answer;
    }
    void answer(int status, std::string body = "{}") {
        answers.emplace_back(HttpReply{.status = status, .body = std::move(body)});
    }

    std::vector<HttpCall> calls = {};
    std::deque<Result<HttpReply>> answers = {};
};

}  // namespace qrgate::tests
