// For tests that have several statements under way at once: `submit` begins one on `database`, `finish` runs
// the loop until all are answered. One thread.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "tests/storage/pg_fixture.hpp"

namespace qrgate {

using Answers = std::vector<std::shared_ptr<Running<Result<PgRows>>>>;

class PgSubmitter : public PgFixture {
protected:
    std::shared_ptr<Running<Result<PgRows>>> submit(PgStatement statement, PgValues values = {}) {
        return spawn(database->submit(statement, std::move(values)));
    }
    void finish(const Answers& answers) {
        until([&] {
            return std::all_of(answers.begin(), answers.end(), [](auto& one) { return one->done(); });
        });
    }

    std::unique_ptr<PgDatabase> database = open();
};

}  // namespace qrgate
