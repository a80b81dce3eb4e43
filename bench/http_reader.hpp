// Reads HTTP/1.1 answers (RFC 9112) from octets as they come, in pieces of any size: status line, headers,
// and a body by Content-Length or chunked. For the bench's clients; one answer after the other. No I/O.
// After an error or an answer that ends with its connection (`keep_alive()` false) it is of no more use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qrgate::bench {

class HttpReader {
public:
    enum class State : std::uint8_t { more, whole, broken };

    // Takes what belongs to the present answer; the rest (of the next one) is for after reset(). → octets
    // taken.
    std::size_t put(std::string_view octets);
    State state() const noexcept { return state_; }
    // The connection ended: whole, where the body had no length; else what it was.
    State end() noexcept;
    void reset();

    // Valid once whole.
    int status() const noexcept { return status_; }
    bool keep_alive() const noexcept { return keep_alive_; }
    const std::vector<std::pair<std::string, std::string>>& headers() const noexcept { return headers_; }
    const std::string& body() const noexcept { return body_; }

private:
    enum class Part : std::uint8_t { head, body, body_to_the_end, chunk_size, chunk, chunk_end, trailer };
    void head_is_whole();
    void line_is_whole();
    void fail() noexcept { state_ = State::broken; }
    bool header_is(std::string_view name, std::string_view value) const;

    State state_ = State::more;
    Part part_ = Part::head;
    std::string text_{};    // the head, or a line of the chunked form
    std::size_t left_ = 0;  // of the body or the chunk
    int status_ = 0;
    bool keep_alive_ = true;
    std::vector<std::pair<std::string, std::string>> headers_{};
    std::string body_{};
};

bool same_header_name(std::string_view a, std::string_view b) noexcept;  // in any case

}  // namespace qrgate::bench
