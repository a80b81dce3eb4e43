// Stands in for sm-crypto/src/sm2/rng.js, which asks for WebCrypto while it is loaded and so stops a mini-program from
// starting. core/sm2.ts passes randomness in and never uses the library's own.
export class SecureRandom {
  nextBytes(): never {
    throw new Error("randomness comes from the platform");
  }
}
