// Writes a CSV of people who do not exist, for load tests and for measuring an import (docs/operating.md, "Import"):
// valid numbers, names, phones of their own, level 3 with evidence. All of them have the same password,
// Bench#2026load (bench/people.hpp), as an old system would have kept it: SHA-256 over salt and password. The first
// login of each makes the hash ours, so a measurement of password logins lets everybody in once before it begins.
//   node bench/people.mjs 1000000 > people.csv
import crypto from 'node:crypto';
import { once } from 'node:events';
import { stdout } from 'node:process';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';
const SURNAMES = [...'王李张刘陈杨黄赵吴周'];
const GIVEN = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平'];
const PASSWORD = 'Bench#2026load';

// The citizen number of the n-th person: 1000 a day, from 1940 on (GB 11643).
function number(n) {
  const day = new Date(Date.UTC(1940, 0, 1 + Math.floor(n / 1000))).toISOString().slice(0, 10).replaceAll('-', '');
  const front = `110101${day}${String(n % 1000).padStart(3, '0')}`;
  const sum = [...front].reduce((total, digit, at) => total + Number(digit) * WEIGHTS[at], 0);
  return front + CHECKS[sum % 11];
}

function name(n) {
  return SURNAMES[n % 10] + GIVEN[Math.floor(n / 10) % 20] + GIVEN[Math.floor(n / 200) % 20];
}

function hash(n) {
  const salt = `bench${n}`;
  return `sha256$${salt}$${crypto.createHash('sha256').update(salt + PASSWORD).digest('hex')}`;
}

const count = Number(process.argv[2] ?? 1000);
if (!Number.isInteger(count) || count < 1 || count > 25_000_000) {
  console.error('node bench/people.mjs NUMBER (1 to 25000000)');
  process.exit(2);
}
stdout.write('kind,number,name,phone,level,evidence,password_hash\n');
for (let n = 0; n < count;) {
  let part = '';
  for (const end = Math.min(count, n + 10_000); n < end; n += 1) {
    const phone = `13${String(n).padStart(9, '0')}`;
    part += `personal,${number(n)},${name(n)},${phone},3,bench,${hash(n)}\n`;
  }
  if (!stdout.write(part)) await once(stdout, 'drain');
}
