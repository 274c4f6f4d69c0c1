import { sha256 } from '../../src/base/ids.ts';
import type { Context } from '../../src/roster/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, basic, startAdmin } from './gateway.ts';

/** A gateway whose first tenant has something of everything, and whose second one has nothing. */
export interface TwoTenants {
  readonly gateway: AdminGateway;
  /** An admin of the second tenant, and its admin key. */
  readonly other: Context & { readonly authorization: string; readonly key: string };
  /** A run of the first tenant in each state that can be asked about. */
  readonly runs: { readonly done: Run; readonly held: Run; readonly dry: Run };
  /** Every id and name by which something of the first tenant can be asked for. */
  readonly ids: readonly string[];
  /** Texts of the first tenant that nobody else has. */
  readonly secrets: readonly string[];
  /** All documents of the first tenant, as they are now; its audit log tells of what it did itself and is left out. */
  stored(): Promise<ReadonlyMap<string, string>>;
}

const feed = 'mimosa-feed';
/** A name that only records, files and settings of the first tenant hold. */
const mark = 'Mimosa';

/** Opens {@link TwoTenants}. */
export async function openTwoTenants(): Promise<TwoTenants> {
  const gateway = await startAdmin();
  const { store, context } = gateway;
  const other = await addTenant(gateway, 'other');
  const course = '<grouptype><scheme>t</scheme><typevalue level="1">Course</typevalue></grouptype>';
  const whole = (persons: readonly string[], groups: readonly string[]) =>
    enterpriseFile({ persons, groups, members: [...persons.map((id) => `g1/${id}`), 'g1/absent'] })
      .replaceAll('<fn>Person', `<fn>${mark}`)
      .replaceAll('<short>Group', `<short>${mark}`)
      .replace('<id>k1</id></sourcedid><description>', `<id>k1</id></sourcedid>${course}<description>`);
  const people = manyIds('p', 60);
  await gateway.sync.putFeed(context, feed, { mode: 'full', windows: [window] });
  const file = { feed, fileName: `${mark}.xml` };
  const first = await gateway.import(whole([...people, 'gone'], ['g1', 'k1']), file);
  const done = await gateway.import(whole(people, ['g1']), file);
  const dry = await gateway.import(whole(people.slice(0, 2), ['g1']), { ...file, dryRun: true });
  const held = await gateway.import(whole(people.slice(0, 20), ['g1']), file);
  const states = [first, done, dry, held].map(({ state }) => state);
  if (states.join() !== 'done,done,done,held') throw new Error(`the runs are ${states.join()}`);
  await store.rows('credential').insertOne({ _id: `demo/${mark}`, tenant: demo.tenant, name: mark, kinds: ['soap'] });
  const letter = {
    type: 'person',
    guid: mark,
    sourcedId: mark,
    op: 'write',
    attempts: 1,
    at: new Date(),
    retry: false,
  };
  const problem = { code: 'invalid-data', text: mark };
  await store.rows('deadLetter').insertOne({ _id: 'letter-1', tenant: demo.tenant, ...letter, problem });
  for (const [one, name] of [
    [context, mark],
    [other, 'other'],
  ] as const) {
    const server = { url: `https://${name}.example/soap`, user: name, password: name };
    const put = await gateway.downstreams.put(one, server);
    if (!put.ok) throw new Error(put.problem.text);
  }
  const records = await Promise.all((['person', 'group', 'membership'] as const).map((type) => guidsOf(gateway, type)));
  const guids = records.flatMap((list) => list.slice(0, 3));
  const trashed = await gateway.trash.list(context, { limit: 200 });
  const archived = await gateway.trash.archived(context, { limit: 200 });
  if (!trashed.ok || !archived.ok) throw new Error('the trash cannot be read');
  const removed = [...trashed.value.items, ...archived.value.items].map(({ id }) => id);
  if (trashed.value.total === 0 || archived.value.total === 0) throw new Error('nothing was removed');
  const runs = { done, dry, held };

  return {
    gateway,
    other,
    runs,
    ids: [...Object.values(runs).map(({ id }) => id), ...guids, ...removed, 'p1', 'g1', 'gone', feed, mark, 'letter-1'],
    secrets: [mark, ...records.flat(), first.id],
    async stored() {
      const found = new Map<string, string>();
      for (const { collectionName } of await collectionsOf(gateway)) {
        if (collectionName.startsWith('audit')) continue;
        const rows = store.connection.db?.collection(collectionName).find({});
        for await (const row of rows ?? []) {
          const id = String(row._id);
          const text = JSON.stringify(row);
          if (row['tenant'] === demo.tenant || id === demo.tenant) found.set(`${collectionName} ${id}`, text);
        }
      }
      return found;
    },
  };
}

const window = { name: mark, from: '2020-01-01', until: '2020-01-02', kind: 'additions-only' };

async function addTenant({ store }: AdminGateway, tenant: string): Promise<TwoTenants['other']> {
  const key = `key-of-${tenant}`;
  await store.rows('tenant').insertOne({ _id: tenant, guidKey: Buffer.alloc(32, 7), timeZone: 'UTC' });
  const credentials = store.rows('credential');
  const known = await credentials.findOne({ tenant: demo.tenant, name: demo.user });
  const secretHash = known?.['secretHash'];
  const own = { tenant, kinds: ['admin'], namespace: 'default', createdAt: new Date() };
  await credentials.insertMany([
    { _id: `${tenant}/${tenant}`, ...own, name: tenant, secretHash },
    { _id: `${tenant}/admin-key`, ...own, keyHash: sha256(key) },
  ]);
  const context: Context = { tenant, writer: `admin:${tenant}`, namespace: 'default', source: 'admin' };
  return { ...context, authorization: basic(tenant, demo.password), key };
}

async function guidsOf({ roster, context }: AdminGateway, type: 'person' | 'group' | 'membership'): Promise<string[]> {
  const guids: string[] = [];
  const states = ['active', 'archived', 'trashed'] as const;
  for await (const batch of roster.scan(context, type, { states })) guids.push(...batch.map(({ guid }) => guid));
  return guids;
}

async function collectionsOf({ store }: AdminGateway) {
  return (await store.connection.db?.collections()) ?? [];
}
