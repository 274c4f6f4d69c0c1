import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Audit,
  type AuditCheck,
  type AuditEntry,
  type AuditFact,
  type Context,
  makeRoster,
} from '../../src/roster/index.ts';
import { migrate, openStore, type Row, type Store } from '../../src/store/index.ts';
import { testDatabase } from '../setup/database.ts';

const secretsKey = randomBytes(32);
const guid = 'a'.repeat(32);
const minutely = { inMs: 60_000, by: 'getRun' };
const done = (action: AuditFact['action']): AuditFact => ({ action, outcome: 'done' });

let store: Store;
let close: () => Promise<void>;
let time = Date.parse('2026-09-01T08:00:00Z');
let tenants = 0;
let context: Context;

beforeAll(async () => {
  const database = await testDatabase();
  store = await openStore(database.uri, database.name);
  await migrate(store);
  close = async () => {
    await store.close();
    await database.close();
  };
});
afterAll(() => close());
beforeEach(async () => {
  tenants += 1;
  const tenant = `school-${tenants}`;
  await store.rows('tenant').insertOne({ _id: tenant });
  context = { tenant, writer: 'admin:ann', namespace: 'default', source: 'admin' };
});

/** The audit log of a gateway of its own over the one database. */
function open(settings: { auditDays?: number; secretsKey?: Uint8Array } = {}): Audit {
  return makeRoster(store, { now: () => new Date(time) }, { secretsKey, ...settings }).audit;
}

async function entriesOf(audit: Audit): Promise<AuditEntry[]> {
  const all: AuditEntry[] = [];
  for await (const batch of audit.entries(context, {})) all.push(...batch);
  return all;
}

/** A log of so many entries, an hour apart. */
async function filled(count: number, settings = {}): Promise<Audit> {
  const audit = open(settings);
  for (let n = 1; n <= count; n += 1) {
    await audit.record(context, { ...done('settings.write'), count: n });
    time += 3_600_000;
  }
  return audit;
}

const rows = () => store.rows('audit');
const at = (sequence: number) => ({ tenant: context.tenant, sequence });
const found = async (audit: Audit, expected?: Parameters<Audit['verify']>[1]): Promise<AuditCheck['fault']> =>
  (await audit.verify(context, expected)).fault;

describe('the audit log', () => {
  test('tells who did what to what, when, from where, why and in which run', async () => {
    const audit = open();
    const caller = { address: '192.0.2.7', request: 'request-1' };
    const before = time;
    await audit.record(
      { ...context, caller },
      { action: 'trash.purge', outcome: 'done', subject: { type: 'person', id: guid }, run: 'run-1', reason: 'T-12' },
    );
    expect(await entriesOf(audit)).toEqual([
      {
        sequence: 1,
        at: new Date(before).toISOString(),
        writer: 'admin:ann',
        source: 'admin',
        address: '192.0.2.7',
        request: 'request-1',
        action: 'trash.purge',
        outcome: 'done',
        subject: { type: 'person', id: guid },
        run: 'run-1',
        reason: 'T-12',
        key: expect.any(String),
        previous: '',
        hash: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
    expect(await audit.verify(context)).toMatchObject({ entries: 1, first: 1, last: 1, fault: null });
  });

  test('keeps what was asked for only as a guid or a pseudonym, by which it is found', async () => {
    const audit = open();
    const refused = { action: 'records.read', outcome: 'refused', problem: 'unknown-object' } as const;
    for (const asked of [guid, 'ann.lee@example.org', 'ann.lee@example.org', 'bob']) {
      await audit.record(context, { ...refused, subject: { type: 'record', asked } });
    }
    const ids = (await entriesOf(audit)).map(({ subject }) => subject?.id);
    expect(ids[0]).toBe(guid);
    expect(ids[1]).toMatch(/^~[\w-]{22}$/);
    expect(ids[2]).toBe(ids[1]);
    expect(ids[3]).not.toBe(ids[1]);
    const listed = await audit.list(context, { subject: 'ann.lee@example.org', limit: 10 });
    expect(listed.ok && listed.value.items.map(({ sequence }) => sequence)).toEqual([3, 2]);
    const stored = JSON.stringify(await rows().find({ tenant: context.tenant }).toArray());
    expect(stored).not.toContain('ann.lee');
  });

  test('counts the same together that is noted at once, and notes once in a while what is routine', async () => {
    const audit = open();
    const read = { action: 'records.read', outcome: 'done', subject: { type: 'person', id: guid }, count: 1 } as const;
    for (let n = 0; n < 5; n += 1) await audit.note(context, read);
    await audit.note(context, { ...read, subject: { type: 'person', id: 'b'.repeat(32) } });
    for (let n = 0; n < 3; n += 1) await audit.note(context, done('runs.read'), minutely);
    await audit.note({ ...context, writer: 'admin:bob' }, done('runs.read'), minutely);
    const first = await entriesOf(audit);
    expect(first.map(({ action, writer, count }) => [action, writer, count])).toEqual([
      ['records.read', 'admin:ann', 5],
      ['records.read', 'admin:ann', 1],
      ['runs.read', 'admin:ann', undefined],
      ['runs.read', 'admin:bob', undefined],
    ]);
    await audit.note(context, done('runs.read'), minutely);
    time += 61_000;
    await audit.note(context, done('runs.read'), minutely);
    expect(await entriesOf(audit)).toHaveLength(first.length + 1);
  });

  test('is one chain when several gateways write at once, with nothing lost', async () => {
    const gateways = [open(), open(), open()];
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const audit = gateways[n % gateways.length] as Audit;
        await (n % 2 === 0 ? audit.record : audit.note)({ ...context, writer: `admin:${n}` }, done('settings.write'));
      }),
    );
    await Promise.all(gateways.map((audit) => audit.flush()));
    const all = await entriesOf(gateways[0] as Audit);
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    expect(new Set(all.map(({ writer }) => writer)).size).toBe(60);
    expect(await found(gateways[1] as Audit)).toBeNull();
  });

  test('says that a fact could not be stored, and keeps for later what nobody waits for', async () => {
    let isAway = true;
    const shaky: Store = {
      ...store,
      transaction: (work) => (isAway ? Promise.reject(new Error('no database')) : store.transaction(work)),
    };
    const { audit } = makeRoster(shaky, { now: () => new Date(time) }, { secretsKey });
    await audit.note(context, done('records.read'));
    await expect(audit.record(context, done('trash.purge'))).rejects.toThrow('no database');
    expect(await audit.flush()).toBe(1);
    isAway = false;
    expect(await audit.flush()).toBe(0);
    expect((await entriesOf(audit)).map(({ action }) => action)).toEqual(['records.read']);
  });

  test('lists by time, action and writer, newest first, page by page', async () => {
    const start = time;
    const audit = await filled(5);
    await audit.record({ ...context, writer: 'admin:bob' }, done('feeds.write'));
    const list = async (query: object) => {
      const page = await audit.list(context, { limit: 10, ...query });
      return page.ok ? page.value.items.map(({ sequence }) => sequence) : page.problem.code;
    };
    expect(await list({})).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await list({ since: new Date(start + 3_600_000), until: new Date(start + 3 * 3_600_000) })).toEqual([3, 2]);
    expect(await list({ action: 'feeds.write' })).toEqual([6]);
    expect(await list({ who: 'admin:ann', limit: 2 })).toEqual([5, 4]);
    const page = await audit.list(context, { limit: 2 });
    expect(page.ok && page.value.next).toBe('5');
    expect(await list({ cursor: '5', limit: 2 })).toEqual([4, 3]);
    expect(await list({ cursor: 'x' })).toBe('invalid-request');
    expect(await list({ since: new Date(time + 1) })).toEqual([]);
  });
});

describe('a look through the whole log finds', () => {
  const changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    who: { writer: 'admin:bob' },
    what: { action: 'settings.read' },
    when: { at: new Date(0) },
    'how many': { count: 7 },
    'the outcome': { outcome: 'refused' },
    'a reason that was not given': { reason: 'T-1' },
    'a subject that was not there': { subject: { type: 'person', id: guid } },
    'its own hash': { hash: 'x'.repeat(43) },
    'the hash before it': { previous: 'x'.repeat(43) },
  };
  test.each(Object.entries(changes))('an entry of which somebody changed %s', async (_, change) => {
    const audit = await filled(4);
    await rows().updateOne(at(3), { $set: change });
    expect(await found(audit)).toMatchObject({ kind: 'changed', sequence: 3 });
  });

  test('entries that were taken out, at the start, in the middle and at the end', async () => {
    const audit = await filled(6);
    const whole = await rows().find({ tenant: context.tenant }).toArray();
    for (const [gone, kind, sequence] of [
      [[1], 'missing', 1],
      [[3, 4], 'missing', 3],
      [[6], 'cut-off', 6],
      [[1, 2, 3, 4, 5, 6], 'cut-off', 1],
    ] as const) {
      await rows().deleteMany({ tenant: context.tenant, sequence: { $in: [...gone] } });
      expect([gone, await found(audit)]).toMatchObject([gone, { kind, sequence }]);
      await rows().deleteMany({ tenant: context.tenant });
      await rows().insertMany(whole);
    }
    expect(await found(audit)).toBeNull();
  });

  test('entries whose places were exchanged', async () => {
    const audit = await filled(4);
    const [second, third] = (await rows()
      .find({ tenant: context.tenant, sequence: { $in: [2, 3] } })
      .sort({ sequence: 1 })
      .toArray()) as [Row, Row];
    await rows().deleteMany({ tenant: context.tenant, sequence: { $in: [2, 3] } });
    await rows().insertMany([
      { ...second, sequence: 3 },
      { ...third, sequence: 2 },
    ]);
    expect(await found(audit)).toMatchObject({ kind: 'changed', sequence: 2 });
  });

  test('entries that were put in, behind the last and from another tenant', async () => {
    const audit = await filled(3);
    const last = (await rows().findOne(at(3))) as Row;
    await rows().insertOne({ ...last, _id: 'put-in', sequence: 4 });
    expect(await found(audit)).toMatchObject({ kind: 'changed', sequence: 4 });
    await rows().deleteOne(at(4));
    const own = context;
    context = { ...context, tenant: `${context.tenant}-b` };
    const other = await filled(3);
    const foreign = (await rows().findOne(at(3))) as Row;
    await other.flush();
    context = own;
    await rows().replaceOne(at(3), { ...foreign, _id: last._id, tenant: context.tenant } as never);
    expect(await found(audit)).toMatchObject({ sequence: 3 });
  });

  test('a head that was set back, even after the log has gone on', async () => {
    const audit = await filled(5);
    const fourth = (await rows().findOne(at(4))) as Row;
    await rows().deleteOne(at(5));
    const head = { sequence: 4, hash: fourth['hash'], at: fourth['at'] };
    await store.rows('auditHead').updateOne({ _id: context.tenant, tenant: context.tenant }, { $set: head });
    expect(await found(audit)).toMatchObject({ kind: 'head-changed' });
    // A gateway that was started since knows nothing of the fifth entry.
    await open().record(context, done('settings.write'));
    expect(await found(audit)).toMatchObject({ kind: 'head-changed', sequence: 5 });
    await store.rows('auditHead').deleteOne({ _id: context.tenant, tenant: context.tenant });
    expect(await found(audit)).toMatchObject({ kind: 'head-changed' });
  });

  test('a log that was set back as a whole, where its newest hash was noted elsewhere', async () => {
    const audit = await filled(3);
    const heads = store.rows('auditHead');
    const old = (await heads.findOne({ _id: context.tenant, tenant: context.tenant })) as Row;
    await audit.record(context, done('settings.write'));
    const noted = await audit.verify(context);
    const expected = { sequence: noted.last, hash: noted.hash };
    expect(await found(audit, expected)).toBeNull();
    await rows().deleteOne(at(4));
    await heads.replaceOne({ _id: context.tenant, tenant: context.tenant }, old as never);
    expect(await found(open())).toBeNull();
    expect(await found(open(), expected)).toMatchObject({ kind: 'cut-off', sequence: 4 });
  });

  test('nothing wrong after its key was sealed anew, by a gateway that goes on with the old key too', async () => {
    const running = await filled(2);
    const clock = { now: () => new Date(time) };
    const old = makeRoster(store, clock, { secretsKey });
    const rotated = makeRoster(store, clock, { secretsKey: randomBytes(32) });
    const filter = { _id: context.tenant, tenant: context.tenant };
    const head = (await store.rows('auditHead').findOne(filter)) as unknown as {
      keys: { id: string; sealed: string }[];
    };
    const keys = head.keys.map(({ id, sealed }) => {
      const purpose = `audit key ${context.tenant} ${id}`;
      return { id, sealed: rotated.vault.seal(old.vault.open(sealed, purpose) ?? '', purpose) };
    });
    await store.rows('auditHead').updateOne(filter, { $set: { keys } });
    await running.record(context, done('settings.write'));
    await rotated.audit.record(context, done('settings.write'));
    expect(await rotated.audit.verify(context)).toMatchObject({ entries: 4, fault: null });
  });

  test('nothing wrong after the key of stored secrets was lost but what it can check no more', async () => {
    await filled(2);
    const later = await filled(2, { secretsKey: randomBytes(32) });
    expect(await found(later)).toMatchObject({ kind: 'unknown-key', sequence: 1 });
    expect(await entriesOf(later)).toHaveLength(4);
  });
});

describe('AUDIT_DAYS', () => {
  test('lets go of the oldest entries only, and the rest can still be checked', async () => {
    const audit = await filled(30, { auditDays: 1 });
    const newest = await audit.verify(context);
    await audit.trim();
    const check = await audit.verify(context, { sequence: newest.last, hash: newest.hash });
    expect(check).toMatchObject({ entries: 24, first: 7, last: 30, fault: null });
    await rows().deleteOne(at(7));
    expect(await found(audit)).toMatchObject({ kind: 'missing', sequence: 7 });
  });

  test('keeps the newest entry however old it is, and goes on behind it', async () => {
    const audit = await filled(3, { auditDays: 1 });
    time += 10 * 86_400_000;
    await audit.trim();
    expect(await audit.verify(context)).toMatchObject({ entries: 1, first: 3, last: 3, fault: null });
    await audit.record(context, done('settings.write'));
    expect(await audit.verify(context)).toMatchObject({ entries: 2, first: 3, last: 4, fault: null });
  });

  test('of 0 keeps all for ever', async () => {
    const audit = await filled(3);
    time += 10_000 * 86_400_000;
    expect(await audit.trim()).toBe(0);
    expect(await audit.verify(context)).toMatchObject({ entries: 3, first: 1 });
  });
});
