// The part of sm-crypto 0.5.8 that sm2.ts uses; the package brings no types.
declare module "sm-crypto/src/sm2/index.js" {
  interface KeyPairHex {
    privateKey: string;
    publicKey: string;
  }
  interface NoncePoint extends KeyPairHex {
    k: unknown;
    x1: unknown;
  }
  interface SignOptions {
    der: boolean;
    hash: boolean;
    userId: string;
    publicKey: string;
    pointPool?: NoncePoint[];
  }
  const sm2: {
    generateKeyPairHex(entropy_hex: string, base: 16): KeyPairHex;
    getPublicKeyFromPrivateKey(private_key: string): string;
    verifyPublicKey(public_key: string): boolean;
    doSignature(message: ArrayLike<number>, private_key: string, options: SignOptions): string;
    doVerifySignature(
      message: ArrayLike<number>,
      signature: string,
      public_key: string,
      options: { der: boolean; hash: boolean; userId: string },
    ): boolean;
  };
  export default sm2;
}
declare module "jsbn" {
  export class BigInteger {
    constructor(text: string, base: 16);
  }
}
