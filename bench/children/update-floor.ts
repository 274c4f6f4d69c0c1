import { connect, type Database } from './databases.ts';
import { type Options, type Role, secondsOf, textOf } from './role.ts';

const batchSize = 1000;

/** Updates the documents of a collection that were changed since a time; only the writes are timed, not the reading. */
async function update(database: Database, name: string, since: Date): Promise<{ documents: number; seconds: number }> {
  const collection = database.collection(name);
  const found = await collection.find({ updatedAt: { $gte: since } }).toArray();
  let seconds = 0;
  for (let at = 0; at < found.length; at += batchSize) {
    const updates = found.slice(at, at + batchSize).map(({ _id, data, sequence }) => ({
      updateOne: {
        filter: { _id },
        update: { $set: { data: { ...data, bench: true }, updatedAt: new Date(), sequence: Number(sequence) + 1 } },
      },
    }));
    seconds += await secondsOf(() => collection.bulkWrite(updates));
  }
  return { documents: found.length, seconds };
}

/** The floor of changing records: each document gets other data, time and sequence, `bulkWrite` of 1,000 with majority writes. */
export async function updateFloor(options: Options): Promise<Role> {
  const client = await connect(textOf(options, 'uri'));
  const database = client.db(textOf(options, 'database'));
  const since = new Date(Number(options['since']));
  return {
    ready: {},
    async answer() {
      let documents = 0;
      let seconds = 0;
      for (const name of ['persons', 'groups', 'memberships']) {
        const updated = await update(database, name, since);
        documents += updated.documents;
        seconds += updated.seconds;
      }
      return { documents, seconds: Math.round(seconds * 1000) / 1000 };
    },
    close: () => client.close(),
  };
}
