// The desk from the shell, beside a running server: two operators, recorded evidence, nothing in clear.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { Phone } from '../outside_client/phone.mjs';
import { qrgate } from '../support/command.mjs';
import { Server } from '../support/server.mjs';

const { hao, sun, lin } = people;
const EVIDENCE = '身份证原件 seen at desk 3';
const CLEAR = [hao, sun, lin].flatMap(({ identity_number, phone }) => [identity_number, phone]);

let server;
before(async () => { server = await Server.start(); });
after(async () => { await server?.stop(); });

// → {code, out, err}; whatever a command says holds no number and no phone.
async function masked(...words) {
  const result = await qrgate(server, ...words);
  for (const clear of [...CLEAR, '13911112222', '郝建国', '孙桂兰']) {
    assert.ok(!(result.out + result.err).includes(clear), `${words.join(' ')} prints ${clear}`);
  }
  return result;
}

async function done(...words) {
  const result = await masked(...words);
  assert.equal(result.code, 0, `${words.join(' ')}: ${result.err}`);
  return result.out;
}

async function opened(...words) {
  const out = await done('desk', ...words, '--evidence', EVIDENCE, '--operator', 'wang');
  const id = /case ([0-9a-f]{10}) is open/.exec(out)?.[1];
  assert.ok(id, out);
  return id;
}

async function levelOf(person) {
  return Number(/level\s+(\d)/.exec(await done('person', 'show', person.identity_number))[1]);
}

test('a level is raised without a face when a second operator approves', async () => {
  const id = await opened('raise', hao.identity_number, '--level', '3');
  assert.equal(await levelOf(hao), 2);
  assert.match(await done('desk', 'list'), new RegExp(`${id} .*level 3`));
  const shown = await done('desk', 'show', id);
  assert.match(shown, /evidence\s+身份证原件 seen at desk 3/);
  assert.match(shown, /by wang/);

  assert.match(await done('desk', 'approve', id, '--operator', 'zhou'), /approved/);

  assert.equal(await levelOf(hao), 3);
  assert.match(await done('person', 'show', hao.identity_number), new RegExp(`level_changed ok .*level:3 desk:${id}`));
  assert.doesNotMatch(await done('desk', 'list'), new RegExp(id));
  const phone = new Phone(server.origin, hao);
  assert.equal((await phone.login()).json.person.level, 3);
});

test('who opened a case cannot decide it, capitals or not', async () => {
  const id = await opened('raise', sun.identity_number, '--level', '3');

  for (const same of ['wang', 'Wang', 'WANG']) {
    const { code, err } = await masked('desk', 'approve', id, '--operator', same);
    assert.equal(code, 1);
    assert.match(err, /another operator/);
  }
  assert.equal(await levelOf(sun), 2);

  await done('desk', 'refuse', id, '--operator', 'zhou');
  const late = await masked('desk', 'approve', id, '--operator', 'li');
  assert.equal(late.code, 1);
  assert.match(late.err, /refused already/);
  assert.equal(await levelOf(sun), 2);
});

test('a new phone number is on record once it is approved', async () => {
  const id = await opened('phone', sun.identity_number, '13911112222');
  assert.match(await done('person', 'show', sun.identity_number), /phone\s+139\*+0004/);

  await done('desk', 'approve', id, '--operator', 'zhou');

  assert.match(await done('person', 'show', sun.identity_number), /phone\s+139\*+2222/);
});

test('an approval permits a certificate, for people of level 3 only', async () => {
  const id = await opened('certificate', lin.identity_number);
  assert.match(await done('desk', 'approve', id, '--operator', 'zhou'), /one certificate/);

  const low = await masked('desk', 'certificate', sun.identity_number, '--evidence', EVIDENCE, '--operator', 'wang');
  assert.equal(low.code, 2);
  assert.match(low.err, /level 3/);
});

test('what is missing is said in one line, and nothing is opened', async () => {
  const before = await done('desk', 'list');
  const who = sun.identity_number;
  const cases = [
    [['desk', 'raise', who, '--level', '3', '--operator', 'wang'], /--evidence/],
    [['desk', 'raise', who, '--level', '3', '--evidence', EVIDENCE], /--operator/],
    [['desk', 'raise', who, '--level', '3', '--evidence', EVIDENCE, '--operator', 'wang; drop'], /--operator/],
    [['desk', 'raise', who, '--evidence', EVIDENCE, '--operator', 'wang'], /--level/],
    [['desk', 'raise', who, '--level', '2', '--evidence', EVIDENCE, '--operator', 'wang'], /has level 2 already/],
    [['desk', 'phone', who, '12345', '--evidence', EVIDENCE, '--operator', 'wang'], /NEWPHONE/],
  ];
  for (const [words, said] of cases) {
    const { code, err } = await masked(...words);
    assert.equal(code, 2, words.join(' '));
    assert.match(err, said);
    assert.equal(err.trim().split('\n').length, 1);
  }
  assert.equal((await masked('desk', 'raise', 'nobody', '--level', '3', '--evidence', 'x', '--operator', 'wang')).code, 1);
  assert.equal((await masked('desk', 'show', 'nothing')).code, 1);
  assert.equal((await masked('desk', 'dance', who)).code, 2);
  assert.equal(await done('desk', 'list'), before);
});

test('a level that one operator lowered is raised again by two', async () => {
  assert.equal(await levelOf(lin), 3);
  await done('person', 'level', lin.identity_number, '2', 'test');
  const id = await opened('raise', lin.identity_number, '--level', '3');
  await done('desk', 'approve', id, '--operator', 'zhou');
  assert.equal(await levelOf(lin), 3);
});
