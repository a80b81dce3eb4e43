// `qrgate people import` beside a real, non-demo server: everybody of the file gets in by the password that the old
// system hashed, twice; faulty rows are told by their number; the same file again changes nothing. And `qrgate why`.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { withCheckCharacter } from '../outside_client/identity_number.mjs';
import { freshBrowser } from '../outside_client/password.mjs';
import { printed, qrgate } from '../support/command.mjs';
import { logInWithoutCaptcha } from '../support/password_login.mjs';
import { Server } from '../support/server.mjs';

const PHONE = '13900000321';
// Published vectors of every form, but for the last three: made with node:crypto below.
const old = [
  { password: 'U*U*U', hash: '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a' },
  { password: 'password', hash: '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44' },
  { password: 'lètmein', hash: 'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==' },
  { password: 'pleaseletmein', hash: '$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D' },
  { password: 'password', hash: '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc' },
  { password: 'password', hash: '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA' },
];

let server;
let dialect; // node:crypto, for what no published vector has under our password rules
let strong;
before(async () => {
  dialect = await import('node:crypto');
  server = await Server.start(process.env.QRGATE_BINARY, {
    words: ['serve', '--bench'], settings: { QRGATE_LOGIN_CAPTCHA: 'off' },
  });
  const password = 'Old#2019road';
  const hex = (name, text) => dialect.createHash(name).update(text).digest('hex');
  const pbkdf2 = dialect.pbkdf2Sync(password, 'seasalt', 1000, 32, 'sha256').toString('base64');
  strong = [
    `pbkdf2_sha256$1000$seasalt$${pbkdf2}`,
    `sha256$pepper$${hex('sha256', `pepper${password}`)}`,
    `sm3-salt-last$pepper$${hex('sm3', `${password}pepper`)}`,
    `sm3$$${hex('sm3', password)}`,
  ].map((hash) => ({ password, hash }));
});
after(async () => { await server?.stop(); });

// The n-th person who does not exist.
const numberOf = (n) => withCheckCharacter(`11010119800101${String(n).padStart(3, '0')}`);

async function file(name, text) {
  const whole = path.join(server.data, name);
  await fs.writeFile(whole, text);
  return whole;
}

const HEADER = 'kind,number,name,phone,level,evidence,password_hash\n';
const row = (n, hash, more = {}) => {
  const it = { kind: 'personal', number: numberOf(n), name: '周小明', phone: PHONE, level: 2, evidence: 'register 2020', ...more };
  return `${it.kind},${it.number},"${it.name}",${it.phone},${it.level},${it.evidence},"${hash}"\n`;
};

function counts(out) {
  return Object.fromEntries([...out.matchAll(/^(\w+) +(\d+)$/gm)].map(([, what, count]) => [what, Number(count)]));
}

async function logIn(n, password) {
  return logInWithoutCaptcha(await freshBrowser(server.origin), { kind: 'personal', identity_number: numberOf(n), password });
}

const audit = (n) => printed(server, 'person', 'show', numberOf(n));

test('everybody of a file gets in by the old password, and again after it was stored in our form', async () => {
  const csv = await file('strong.csv', HEADER + strong.map(({ hash }, n) => row(n, hash)).join(''));

  const imported = await qrgate(server, 'people', 'import', csv);

  assert.equal(imported.code, 0, imported.err);
  assert.deepEqual(counts(imported.out), { rows: 4, added: 4, changed: 0, same: 0, refused: 0 });
  for (const [n, { password, hash }] of strong.entries()) {
    assert.equal((await logIn(n, `${password}x`)).verdict, '401 credentials_wrong', hash);
    assert.equal((await logIn(n, password)).status, 200, hash);
    assert.match(await audit(n), /password_rehashed/, hash);
    assert.equal((await logIn(n, password)).status, 200, `${hash}, the second time`);
    assert.equal((await audit(n)).match(/password_rehashed/g).length, 1, 'stored anew once');
  }
});

test('published hashes of every form are right for their password, which is too weak here and must change', async () => {
  const lines = old.map(({ hash }, n) => JSON.stringify({
    kind: 'personal', number: numberOf(100 + n), name: '周小明', phone: null, level: 1, password_hash: hash,
  }));
  const jsonl = await file('old.jsonl', `${lines.join('\n')}\n`);

  const imported = await qrgate(server, 'people', 'import', jsonl);

  assert.equal(imported.code, 0, imported.err);
  for (const [n, { password, hash }] of old.entries()) {
    const answer = await logIn(100 + n, password);
    assert.equal(answer.verdict, '403 password_must_change', hash);
    assert.ok(answer.json.reset_ticket, hash);
    assert.equal((await logIn(100 + n, `${password}x`)).verdict, '401 credentials_wrong', hash);
  }
});

test('the same file again changes nothing, and a password that was used here is not brought back', async () => {
  const first = await file('first.csv', HEADER + row(200, strong[1].hash) + row(201, strong[2].hash));
  assert.equal((await qrgate(server, 'people', 'import', first)).code, 0);
  assert.equal((await logIn(200, strong[1].password)).status, 200);

  assert.deepEqual(counts((await qrgate(server, 'people', 'import', first)).out),
    { rows: 2, added: 0, changed: 0, same: 2, refused: 0 });
  const other = dialect.createHash('sm3').update('Other#2019road').digest('hex');
  const second = await file('second.csv', HEADER + row(200, `sm3$$${other}`) + row(201, `sm3$$${other}`));
  assert.deepEqual(counts((await qrgate(server, 'people', 'import', second)).out),
    { rows: 2, added: 0, changed: 2, same: 0, refused: 0 });

  assert.equal((await logIn(200, strong[1].password)).status, 200, 'used here: stays');
  assert.equal((await logIn(200, 'Other#2019road')).status, 401);
  assert.equal((await logIn(201, 'Other#2019road')).status, 200, 'never used here: follows the file');
});

test('faulty rows are told by row, line and field, without what they say, and the others are in', async () => {
  const bomb = '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  const wrong = numberOf(300).replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const csv = await file('faulty.csv', [
    HEADER, // line 1
    row(301, strong[0].hash, { name: 'two\nlines, ""quoted""' }), // a name with a control character: refused
    row(0, strong[0].hash, { number: wrong }),
    row(302, bomb),
    row(303, '', { phone: '12345' }),
    row(304, '', { level: 4 }),
    row(305, '', { evidence: '' }),
    row(306, '', { kind: 'robot' }),
    row(307, ''),
    row(307, ''),
    'personal,too,few\n',
  ].join(''));

  const imported = await qrgate(server, 'people', 'import', csv);

  assert.equal(imported.code, 1);
  assert.deepEqual(counts(imported.out), { rows: 10, added: 1, changed: 0, same: 0, refused: 9 });
  const told = imported.err.trim().split('\n').map((line) => line.replace(/^(row \d+ \(line \d+\): \w+): .*/, '$1'));
  assert.deepEqual(told, [
    'row 1 (line 2): name', 'row 2 (line 4): number', 'row 3 (line 5): password_hash', 'row 4 (line 6): phone',
    'row 5 (line 7): level', 'row 6 (line 8): evidence', 'row 7 (line 9): kind', 'row 9 (line 11): number',
    'row 10 (line 12): row',
  ]);
  for (const secret of [wrong, '12345', '周小明', PHONE, 'argon2id', 'robot', 'c29tZXNhbHQ']) {
    assert.ok(!(imported.err + imported.out).includes(secret), 'not repeated');
  }
});

test('a dry run and a strict one change nothing where a row is faulty', async () => {
  const csv = await file('half.csv', HEADER + row(400, '') + row(401, 'nonsense'));

  for (const how of ['--dry-run', '--strict']) {
    const answer = await qrgate(server, 'people', 'import', csv, how);
    assert.equal(answer.code, 1);
    assert.match(answer.out, /nothing was changed/);
    assert.match(answer.err, /row 2 \(line 3\): password_hash/);
  }
  assert.equal((await qrgate(server, 'person', 'show', numberOf(400))).code, 1, 'not there');
  const good = await file('good.csv', HEADER + row(400, ''));
  assert.equal((await qrgate(server, 'people', 'import', good, '--dry-run')).code, 0);
  assert.equal((await qrgate(server, 'person', 'show', numberOf(400))).code, 1, 'still not there');
  assert.equal((await qrgate(server, 'people', 'import', good, '--strict')).code, 0);
  assert.equal((await qrgate(server, 'person', 'show', numberOf(400))).code, 0);
});

test('a file that is none is refused as a whole, with one plain line', async () => {
  const cases = [
    ['odd.csv', 'kind,number,name,phone,levle\n', /field 5 of the header/],
    ['short.csv', 'kind,number,name\n', /does not name level/],
    ['open.csv', `${HEADER}personal,"never closed\n`, /begins in line 2 never ends/],
    ['what.txt', HEADER, /--format/],
  ];
  for (const [name, text, told] of cases) {
    const answer = await qrgate(server, 'people', 'import', await file(name, text));
    assert.equal(answer.code, 1, name);
    assert.match(answer.err, told);
  }
  const forced = await qrgate(server, 'people', 'import', await file('people.txt', HEADER + row(410, '')), '--format', 'csv');
  assert.equal(forced.code, 0, forced.err);
});

test('why tells the last tries with code, words, next step and where to look, and nothing in clear', async () => {
  const csv = await file('why.csv', HEADER + row(500, strong[3].hash));
  assert.equal((await qrgate(server, 'people', 'import', csv)).code, 0);
  await logIn(500, 'not the password 1');
  await qrgate(server, 'person', 'lock', numberOf(500));
  await logIn(500, strong[3].password);

  const why = await qrgate(server, 'why', numberOf(500));

  assert.equal(why.code, 0, why.err);
  assert.match(why.out, /now +the account is locked/);
  assert.match(why.out, /now +the password is an import's/);
  assert.match(why.out, /now +level 2/);
  assert.equal(why.out.match(/authn_login_fail password credentials_wrong from 127\.0\.0\.1/g).length, 2);
  assert.match(why.out, /person_locked/);
  assert.match(why.out, /credentials_wrong \(401\)\n +told +用户名或密码错误/);
  assert.match(why.out, /look at +`qrgate why PERSON`/);
  for (const secret of [numberOf(500), PHONE, '周小明', strong[3].password, strong[3].hash, 'not the password']) {
    assert.ok(!why.out.includes(secret), 'nothing in clear');
  }
  assert.equal((await qrgate(server, 'why', 'nobody')).code, 1);
});
