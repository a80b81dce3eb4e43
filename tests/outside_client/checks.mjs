// One line per check; the first failure ends the run.
export class CheckFailed extends Error {}

let passed = 0;

export async function check(name, run) {
  try {
    const result = await run();
    passed += 1;
    console.log(`ok    ${name}`);
    return result;
  } catch (error) {
    console.log(`FAIL  ${name}\n      ${error.message}`);
    throw new CheckFailed(name);
  }
}

export const checksPassed = () => passed;

// The answer is one of these: `204`, or `403 level_too_low`.
export function expect(answer, ...verdicts) {
  if (!verdicts.includes(answer.verdict)) {
    throw new Error(`${answer.what}: expected ${verdicts.join(' or ')}, got ${answer.verdict}: ${answer.text.slice(0, 300)}`);
  }
  return answer;
}

export function expectSuccess(answer) {
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${answer.what}: ${answer.verdict}: ${answer.text.slice(0, 300)}`);
  }
  return answer;
}

export function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

export function matches(actual, pattern, what) {
  if (typeof actual !== 'string' || !pattern.test(actual)) {
    throw new Error(`${what}: ${JSON.stringify(actual)} is not like ${pattern}`);
  }
}

export async function refused(promise, pattern) {
  const error = await promise.then(() => undefined, (reason) => reason);
  if (!error) throw new Error('was accepted');
  matches(error.message, pattern, 'refusal');
}

export const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
