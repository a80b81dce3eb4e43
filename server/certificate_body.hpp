// A certificate as its own person sees it: {serial, algorithm, state, usable, renewable, not_before,
// not_after, issued_at, this_device}. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "storage/storage.hpp"

namespace qrgate {

bool is_usable(const Certificate& certificate, WallTime now) noexcept;
// Usable, and its end is near enough.
bool is_renewable(const Certificate& certificate, WallTime now, std::chrono::seconds renew_before) noexcept;
// `renewable` is said for the phone that holds the key; without `renew_before` of none.
boost::json::object certificate_body(const Certificate& certificate, const Session& asking, WallTime now,
                                     std::chrono::seconds renew_before = {});

}  // namespace qrgate
