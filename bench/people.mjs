// Writes a CSV of people who do not exist, for measuring an import: valid numbers, names, phones and hashes.
// node bench/people.mjs 1000000 > people.csv
import { once } from 'node:events';
import { stdout } from 'node:process';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';
const SURNAMES = [...'王李张刘陈杨黄赵吴周'];
const GIVEN = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平'];
// A hash of the right form that belongs to no password: importing checks forms, not passwords.
const HASH = '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';

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

const count = Number(process.argv[2] ?? 1000);
stdout.write('kind,number,name,phone,level,evidence,password_hash\n');
for (let n = 0; n < count;) {
  let part = '';
  for (const end = Math.min(count, n + 10_000); n < end; n += 1) {
    const phone = `13${String(n % 1_000_000_000).padStart(9, '0')}`;
    part += `personal,${number(n)},${name(n)},${phone},${1 + (n % 3)},register,${HASH}\n`;
  }
  if (!stdout.write(part)) await once(stdout, 'drain');
}
