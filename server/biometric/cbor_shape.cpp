#include "server/biometric/cbor_shape.hpp"

#include <cbor.h>

#include <array>

namespace qrgate {

namespace {

// What the heads have said so far: how many items each open array or map still has to come.
struct Shape {
    std::array<std::size_t, cbor_levels_most> open = {};
    std::size_t depth = 0;
    std::size_t octets_left = 0;
    bool refused = false;

    void open_list(std::size_t items) noexcept {
        // Every item takes an octet at least.
        if (depth == open.size() || items > octets_left) {
            refused = true;
        } else {
            open[depth++] = items;
        }
    }
    void close_full_lists() noexcept {
        while (depth > 0 && open[depth - 1] == 0)
            --depth;
    }
};

cbor_callbacks shape_callbacks() {
    cbor_callbacks calls = cbor_empty_callbacks;
    const auto refuse = [](void* shape) { static_cast<Shape*>(shape)->refused = true; };
    calls.array_start = [](void* shape, std::size_t items) { static_cast<Shape*>(shape)->open_list(items); };
    calls.map_start = [](void* shape, std::size_t pairs) {
        auto& it = *static_cast<Shape*>(shape);
        if (pairs > it.octets_left / 2) {
            it.refused = true;
        } else {
            it.open_list(2 * pairs);
        }
    };
    calls.tag = [](void* shape, std::uint64_t) { static_cast<Shape*>(shape)->refused = true; };
    calls.byte_string_start = refuse;
    calls.string_start = refuse;
    calls.indef_array_start = refuse;
    calls.indef_map_start = refuse;
    calls.indef_break = refuse;
    return calls;
}

}  // namespace

std::size_t cbor_item_size(ByteView octets) noexcept {
    static const cbor_callbacks calls = shape_callbacks();
    Shape shape;
    std::size_t at = 0;
    do {
        if (shape.depth > 0) --shape.open[shape.depth - 1];
        shape.octets_left = octets.size() - at;
        const cbor_decoder_result step =
            cbor_stream_decode(octets.data() + at, shape.octets_left, &calls, &shape);
        if (step.status != CBOR_DECODER_FINISHED || shape.refused) return 0;
        at += step.read;
        shape.close_full_lists();
    } while (shape.depth > 0);
    return at;
}

}  // namespace qrgate
