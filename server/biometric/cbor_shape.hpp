// Whether octets are CBOR (RFC 8949) of the shape that an authenticator writes (CTAP2's canonical form, its
// limits on nesting and lengths): one item of known lengths that the octets themselves could hold, four
// levels at most, no tags. libcbor makes room for as many members as a head claims, up to 2^60, before it has
// seen one: so whatever came over the network passes here before cbor_load. Pure; allocates nothing.
#pragma once

#include "protocol/bytes.hpp"

namespace qrgate {

constexpr std::size_t cbor_levels_most = 4;

// How many octets the first item takes; 0: there is none of this shape.
std::size_t cbor_item_size(ByteView octets) noexcept;

}  // namespace qrgate
