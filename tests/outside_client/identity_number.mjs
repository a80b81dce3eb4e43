// A citizen's number: seventeen digits and their check character (GB 11643, ISO 7064 MOD 11-2).
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

export function withCheckCharacter(seventeen) {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(seventeen[i]), 0);
  return seventeen + '10X98765432'[sum % 11];
}
