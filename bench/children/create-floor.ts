import { randomUUID } from 'node:crypto';
import { bodyOf, listen } from './bare-server.ts';
import { type Client, connect, copyIndexes, type Database } from './databases.ts';
import { type Options, type Role, textOf } from './role.ts';

type Doc = Record<string, unknown> & { _id: string };
const names = ['persons', 'changes', 'clocks'] as const;

/** The transaction of one create: sequence, look, insert, log, commit. */
async function create(client: Client, to: Database, person: Doc, change: Doc): Promise<void> {
  const guid = randomUUID().replaceAll('-', '');
  const key = `person:default:${guid}`;
  await client.withSession((session) =>
    session.withTransaction(
      async () => {
        const clock = await to
          .collection<Doc>('clocks')
          .findOneAndUpdate(
            { _id: 'bench' },
            { $inc: { sequence: 1 }, $max: { updatedAt: new Date() } } as Record<string, unknown>,
            { session, upsert: true, returnDocument: 'after' },
          );
        const persons = to.collection<Doc>('persons');
        await persons.find({ tenant: 'bench', keys: { $in: [key] } }, { session }).toArray();
        const stamp = { sequence: clock?.['sequence'], updatedAt: clock?.['updatedAt'] };
        await persons.insertOne({ ...person, ...stamp, _id: guid, keys: [key, `user:${guid}`] }, { session });
        const { _id, ...log } = change;
        const created = { person: [guid] };
        await to.collection('changes').insertOne({ ...log, created, sequence: stamp.sequence }, { session });
      },
      { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } },
    ),
  );
}

/** The floor of a create: bare http that runs the same transaction for each call, one at a time. */
export async function createFloor(options: Options): Promise<Role> {
  const client = await connect(textOf(options, 'uri'));
  const [from, to] = [client.db(textOf(options, 'from')), client.db(textOf(options, 'to'))];
  await copyIndexes(from, to, names);
  const person = await from.collection<Doc>('persons').findOne({});
  const change = await from.collection<Doc>('changes').findOne({}, { sort: { sequence: 1 } });
  if (person === null || change === null) throw new Error('there is no person to copy');
  let last: Promise<unknown> = Promise.resolve();
  const server = await listen('text/plain', async (request) => {
    await bodyOf(request);
    const mine = last.then(() => create(client, to, person, change));
    last = mine.catch(() => undefined);
    await mine;
    return '<codeMajor>success</codeMajor>';
  });
  return {
    ready: { base: server.base },
    answer: () => Promise.resolve({}),
    async close() {
      await server.close();
      await client.close();
    },
  };
}
