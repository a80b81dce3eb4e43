#include "server/wiping_memory.hpp"

#include <malloc.h>
#include <openssl/crypto.h>
#include <string.h>

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define QRGATE_SANITIZED
#endif
#endif

#ifndef QRGATE_SANITIZED
namespace {

// The usable size, not the one that was asked for: a string that grew in place has written there too.
void wipe_and_free(void* memory) noexcept {
    if (memory == nullptr) return;
    explicit_bzero(memory, malloc_usable_size(memory));
    std::free(memory);
}

void* allocate(std::size_t size, std::size_t alignment) {
    if (size == 0) size = 1;
    for (;;) {
        void* memory = alignment <= alignof(std::max_align_t)
                           ? std::malloc(size)
                           : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
        if (memory != nullptr) return memory;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

void* openssl_allocate(std::size_t size, const char*, int) {
    return std::malloc(size);
}

void openssl_free(void* memory, const char*, int) {
    wipe_and_free(memory);
}

// realloc would leave the former place as it was.
void* openssl_reallocate(void* memory, std::size_t size, const char*, int) {
    if (memory == nullptr) return std::malloc(size);
    if (size == 0) {
        wipe_and_free(memory);
        return nullptr;
    }
    const std::size_t had = malloc_usable_size(memory);
    if (size <= had) return memory;
    void* larger = std::malloc(size);
    if (larger == nullptr) return nullptr;
    memcpy(larger, memory, had);
    wipe_and_free(memory);
    return larger;
}

}  // namespace
#endif

namespace qrgate {

bool wipe_memory_of_openssl() noexcept {
#ifdef QRGATE_SANITIZED
    return true;
#else
    return CRYPTO_set_mem_functions(openssl_allocate, openssl_reallocate, openssl_free) == 1;
#endif
}

}  // namespace qrgate

#ifndef QRGATE_SANITIZED
// The other forms (arrays, sizes, nothrow) call these, as the standard says; those with an alignment have
// their own.
void* operator new(std::size_t size) {
    return allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    wipe_and_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    wipe_and_free(memory);
}
#endif
