// A certificate as its own person sees it: {serial, algorithm, state, usable, not_before, not_after,
// issued_at, this_device}. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "storage/storage.hpp"

namespace qrgate {

bool is_usable(const Certificate& certificate, WallTime now) noexcept;
boost::json::object certificate_body(const Certificate& certificate, const Session& asking, WallTime now);

}  // namespace qrgate
