import { connect, copyIndexes, type Database } from './databases.ts';
import { type Options, type Role, secondsOf, textOf } from './role.ts';

const all = ['persons', 'groups', 'memberships'] as const;
const batchSize = 1000;

/** Inserts all documents of a collection; only the inserts are timed, not the reading. */
async function copy(from: Database, to: Database, name: string): Promise<{ documents: number; seconds: number }> {
  let documents = 0;
  let seconds = 0;
  let batch: Record<string, unknown>[] = [];
  const insert = async () => {
    const part = batch;
    batch = [];
    if (part.length === 0) return;
    documents += part.length;
    seconds += await secondsOf(() => to.collection(name).insertMany(part));
  };
  for await (const document of from.collection(name).find({}, { batchSize })) {
    batch.push(document);
    if (batch.length >= batchSize) await insert();
  }
  await insert();
  return { documents, seconds };
}

/** The floor of writing many records: the same documents and indexes, `insertMany` of 1,000 with majority writes. */
export async function insertFloor(options: Options): Promise<Role> {
  const client = await connect(textOf(options, 'uri'));
  const [from, to] = [client.db(textOf(options, 'from')), client.db(textOf(options, 'to'))];
  const names = options['only'] === undefined ? all : [textOf(options, 'only')];
  await copyIndexes(from, to, names);
  return {
    ready: {},
    async answer() {
      let documents = 0;
      let seconds = 0;
      for (const name of names) {
        const copied = await copy(from, to, name);
        documents += copied.documents;
        seconds += copied.seconds;
      }
      return { documents, seconds: Math.round(seconds * 1000) / 1000 };
    },
    close: () => client.close(),
  };
}
