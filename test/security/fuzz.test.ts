import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../../src/base/clock.ts';
import type { Log, LogFields } from '../../src/base/log.ts';
import { key } from '../../src/model/index.ts';
import { type Context, makeRoster, oneRosterScopes } from '../../src/roster/index.ts';
import { fillMixedTenant } from '../protocols/oneroster-rest/mixed-tenant.ts';
import { basic } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';
import { startWholeGateway, type WholeGateway } from '../setup/whole-gateway.ts';
import { faultsOf } from './fuzz/faults.ts';
import { mutateBytes } from './fuzz/mutations.ts';
import { makeRandom } from './fuzz/random.ts';
import { type Known, makeRequests } from './fuzz/requests.ts';
import { bytesOf, makeSender, type Sender } from './fuzz/send.ts';

/** A tenth of what CI sends (`FUZZ_REQUESTS=100000`). */
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
const atOnce = 48;
/** Of memory that is still there after a collection of garbage, between the first third and the last. */
const mostGrowth = 48 * 1024 * 1024;

/** What belongs to another tenant, or to nobody who asks. */
const canaries = ['Wellensittich', 'wellensittich@canary.example', 'secret-of-another-8842', 'bootstrap-secret-5517'];

const user = { name: 'fuzzed', password: 'a password of its own' };
const objectsOf = {
  users: 'rostering/v1p2/users',
  orgs: 'rostering/v1p2/orgs',
  courses: 'rostering/v1p2/courses',
  classes: 'rostering/v1p2/classes',
  enrollments: 'rostering/v1p2/enrollments',
  academicSessions: 'rostering/v1p2/academicSessions',
  lineItems: 'gradebook/v1p2/lineItems',
  results: 'gradebook/v1p2/results',
  categories: 'gradebook/v1p2/categories',
  scoreScales: 'gradebook/v1p2/scoreScales',
  resources: 'resources/v1p2/resources',
} as const;

let gateway: WholeGateway;
let sender: Sender;
let known: Known;
const defects: LogFields[] = [];
const log: Log = { info: () => undefined, warn: () => undefined, error: (fields) => void defects.push(fields) };

beforeAll(async () => {
  gateway = await startWholeGateway(
    {
      BOOTSTRAP_PASSWORD: 'bootstrap-secret-5517',
      FAILED_LOGINS: '0',
      REQUESTS_PER_SECOND: '0',
      TENANT_REQUESTS_PER_SECOND: '0',
      ADDRESS_REQUESTS_PER_SECOND: '0',
      BRAKE_PERCENT: '100',
    },
    log,
  );
  const apiKey = await fillTenants();
  sender = makeSender(gateway.url);
  known = await whatIsKnown(apiKey);
});
afterAll(async () => {
  (sender as Sender | undefined)?.close();
  await (gateway as WholeGateway | undefined)?.close();
});

/** Fills the tenant that is asked, and another one whose texts no answer may hold; the first one's API key. */
async function fillTenants(): Promise<string> {
  const rooms = makeRoster(gateway.store, systemClock);
  const context: Context = { tenant: demo.tenant, writer: 'credential:sis', namespace: 'default', source: 'soap' };
  await fillMixedTenant(rooms.roster, context);
  const other: Context = { ...context, tenant: 'other' };
  await gateway.store.rows('tenant').insertOne({ _id: 'other', guidKey: Buffer.alloc(32, 7), timeZone: 'UTC' });
  const name = { given: 'Wellensittich', family: 'Wellensittich' };
  const data = { name, email: 'wellensittich@canary.example' };
  const [bird] = await rooms.roster.execute(other, [
    { op: 'upsert', type: 'person', key: key('person', 'default', 'ann'), data },
  ]);
  expect(bird).toMatchObject({ ok: true });
  for (const [where, one, secret] of [
    [context, user.name, user.password],
    [other, 'another', 'secret-of-another-8842'],
  ] as const) {
    const kinds = ['soap', 'oneroster', 'admin'] as const;
    const made = await rooms.credentials.create(where, { name: one, kinds, scopes: [...oneRosterScopes], secret });
    expect(made).toMatchObject({ ok: true });
  }
  const apiKey = await rooms.credentials.create(context, { name: 'fuzzed-key', kinds: ['key'], role: 'admin' });
  await rooms.audit.flush();
  if (!apiKey.ok) throw new Error(apiKey.problem.text);
  return apiKey.value.secret ?? '';
}

async function ask(path: string, authorization: string, body?: URLSearchParams) {
  const answer = await fetch(gateway.url + path, {
    headers: { authorization },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

async function whatIsKnown(apiKey: string): Promise<Known> {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  const granted = await ask('/oauth/token', basic(user.name, user.password), form);
  const token = `Bearer ${String(granted['access_token'])}`;
  const objects = new Map<string, Record<string, unknown>[]>();
  for (const [wrapper, path] of Object.entries(objectsOf)) {
    const answer = await ask(`/ims/oneroster/${path}?limit=20`, token);
    objects.set(wrapper, answer[wrapper] as Record<string, unknown>[]);
  }
  const ids = [...objects.values()].flat().map(({ sourcedId }) => String(sourcedId));
  expect(ids.length).toBeGreaterThan(40);
  return {
    user,
    apiKey: `Bearer ${apiKey}`,
    token,
    objects,
    ids: [...ids, 'default', 'nobody', 'person', 'csv', 'sis2', 'north', 'ann'],
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function memory(): Promise<number> {
  for (let times = 0; times < 3; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(
  `${requests} bent requests leave the gateway alive, and no answer has what it must not have`,
  async () => {
    const random = makeRandom(fc.readConfigureGlobal().seed ?? 1);
    const next = makeRequests(known);
    const hidden = [...canaries, gateway.dataDir];
    const faults: string[] = [];
    const seen = new Map<number, number>();
    const memories: number[] = [];
    const third = Math.ceil(requests / 3);

    for (let part = 0; part < 3; part += 1) {
      let left = Math.min(third, requests - part * third);
      const work = async () => {
        while (left > 0 && faults.length < 20) {
          left -= 1;
          const asked = next(random);
          const isRaw = random.chance(0.03);
          const got = isRaw ? await sender.sendRaw(mutateBytes(bytesOf(asked), random)) : await sender.send(asked);
          seen.set(got.status, (seen.get(got.status) ?? 0) + 1);
          const defect = defects.find(({ request }) => request !== undefined && got.head.includes(String(request)));
          if (defect !== undefined) faults.push(`a defect in the log, ${JSON.stringify(defect)}\n${told(asked, got)}`);
          for (const fault of faultsOf(asked, got, hidden)) faults.push(`${fault}\n${told(asked, got)}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      memories.push(await memory());
    }

    expect(faults).toEqual([]);
    expect(defects).toEqual([]);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    // It is no use to knock at a closed door only: a good part is let in and done.
    const done = [...seen].reduce((sum, [status, count]) => sum + (status >= 200 && status < 300 ? count : 0), 0);
    expect(done).toBeGreaterThan(requests / 10);
    expect((memories[2] ?? 0) - (memories[0] ?? 0)).toBeLessThan(mostGrowth);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  },
  Math.max(60_000, requests * 12),
);

function told({ method, path, headers, body }: Parameters<typeof faultsOf>[0], got: { status: number; text: string }) {
  const sent = `${method} ${path}\n${JSON.stringify(headers)}\n${body?.toString().slice(0, 1_500) ?? ''}`;
  return `${sent}\n→ ${got.status} ${got.text.slice(0, 500)}`;
}
