// Proofing, as docs/protocol.md section 5 says: consents first, the verdict from the provider only. zhao has level 3
// already, so that this can be run again and again.
import crypto from 'node:crypto';
import { check, equal, expect, expectSuccess, matches, RFC3339 } from './checks.mjs';
import { exchange } from './http.mjs';

function callback(base, body, headers) {
  return exchange(base, 'POST', '/api/v1/callbacks/proofing', { headers, body: JSON.stringify(body) });
}

function forged(body, at = Math.floor(Date.now() / 1000)) {
  const mac = crypto.createHmac('sha256', 'guessed').update(`${at}.${JSON.stringify(body)}`).digest('hex');
  return { 'content-type': 'application/json', 'x-qrgate-timestamp': `${at}`, 'x-qrgate-signature': `v1=${mac}` };
}

export async function proofing(base, { phone }) {
  const consents = await check('the phone is told which statements it takes', async () => {
    const { json } = expectSuccess(await phone.call('GET', '/proofing'));
    equal(json.available, true, 'available');
    return json.consents.map(({ text, version }) => ({ text, version }));
  });

  await check('no proofing without every consent in its version', async () => {
    expect(await phone.call('POST', '/proofing', { consents: [] }), '403 consent_missing');
    expect(await phone.call('POST', '/proofing', { consents: consents.slice(1) }), '403 consent_missing');
    const old = consents.map(({ text }) => ({ text, version: 'old' }));
    expect(await phone.call('POST', '/proofing', { consents: old }), '403 consent_missing');
    expect(await phone.call('POST', '/proofing', {}), '400 bad_request');
  });

  const begin = async () => {
    const { json } = expectSuccess(await phone.call('POST', '/proofing', { consents }));
    matches(json.url, /^https?:\/\//, 'url');
    matches(json.expires_at, RFC3339, 'expires_at');
    return json.id;
  };
  const state = async (id) => expectSuccess(await phone.call('GET', `/proofing/${id}`)).json.state;
  const verdict = (id, result) => exchange(base, 'POST', `/demo/proofing/${id}`, { body: { result } });

  await check('a forged or unsigned verdict changes nothing', async () => {
    const id = await begin();
    const { identity_number } = phone.person;
    const body = { event_id: 'e', proofing_id: id, result: 'passed', identity_number, name: 'x' };
    expect(await callback(base, body, { 'content-type': 'application/json' }), '403 signature_wrong');
    expect(await callback(base, body, forged(body)), '403 signature_wrong');
    equal(await state(id), 'open', 'state');
  });

  await check('a failed verdict stays, whatever comes later', async () => {
    const id = await begin();
    expectSuccess(await verdict(id, 'failed'));
    equal(await state(id), 'failed', 'state');
    expectSuccess(await verdict(id, 'passed'));
    equal(await state(id), 'failed', 'state');
  });

  await check('a passed verdict gives level 3, and the phone stays logged in', async () => {
    const id = await begin();
    expectSuccess(await verdict(id, 'passed'));
    equal(await state(id), 'passed', 'state');
    equal(expectSuccess(await phone.call('GET', '/me')).json.level, 3, 'level');
  });

  await check('nobody asks about what is not theirs', async () => {
    expect(await phone.call('GET', '/proofing/nothing'), '404 not_found');
    expect(await exchange(base, 'GET', '/api/v1/phone/proofing'), '401 token_missing');
  });
}
