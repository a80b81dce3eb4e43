// An object on pages of its own from the kernel, not of the heap: what connections left free there neither
// hides it nor is kept from going back to the system by it (rush.hpp). For tables that grow in chunks; a
// chunk should fill its pages. Owned by one; any thread.
#pragma once

#include <sys/mman.h>

#include <memory>
#include <new>

namespace qrgate {

template <class T>
struct UnmapPages {
    void operator()(T* object) const noexcept {
        std::destroy_at(object);
        ::munmap(object, sizeof(T));
    }
};

template <class T>
using OwnPages = std::unique_ptr<T, UnmapPages<T>>;

// As its default constructor makes it. Throws std::bad_alloc.
template <class T>
OwnPages<T> make_on_own_pages() {
    static_assert(alignof(T) <= 4096);
    void* pages = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    return OwnPages<T>(new (pages) T());
}

}  // namespace qrgate
