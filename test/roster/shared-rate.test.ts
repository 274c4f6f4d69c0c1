import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { makeRoster } from '../../src/roster/index.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await testServices({ start: false });
});
afterAll(() => services.close());

/** Requests that one credential gets answered in ten seconds. */
const most = 30;

test('What one instance has answered a credential counts at the others', async () => {
  const settings = { requestRates: { perCredential: most / 10 } };
  const [one, other] = [1, 2].map(() => makeRoster(services.store, systemClock, settings));
  if (one === undefined || other === undefined) throw new Error('two instances are needed');
  const ask = async (instance: typeof one) => (await instance.access.admin(demo.user, demo.password)).ok;
  const first: boolean[] = [];
  for (let times = 0; times < most; times += 1) first.push(await ask(one));
  expect(first).toEqual(Array(most).fill(true));
  let answered = 0;
  while (await ask(other)) {
    answered += 1;
    await sleep(100);
  }
  // Alone it would have answered all of them.
  expect(answered).toBeGreaterThan(0);
  expect(answered).toBeLessThan(most);
  expect(await other.access.admin(demo.user, demo.password)).toMatchObject({
    problem: { code: 'too-many-requests', retryAfter: expect.any(Number) },
  });
}, 60_000);
