// The tests' own SM2: the package of tests/, not the mini-program's bundle.
import smCrypto from 'sm-crypto';

export const { sm2 } = smCrypto;
