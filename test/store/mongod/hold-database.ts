/**
 * A tiny gateway for tests: opens the database of the folder in its first argument, prints the outcome as one line of
 * JSON, writes one document, and holds on until SIGTERM.
 */
import mongoose from 'mongoose';
import { silentLog } from '../../../src/base/log.ts';
import { openDatabase } from '../../../src/store/mongod/index.ts';

const [dataDir = ''] = process.argv.slice(2);
const print = (value: unknown) => void process.stdout.write(`${JSON.stringify(value)}\n`);
const opened = await openDatabase({
  dataDir,
  cacheGb: 0.25,
  env: process.env,
  progress: () => undefined,
  log: silentLog,
});
if (!opened.ok) {
  print({ ok: false, ...opened.problem });
  process.exit(1);
}
const { uri, name, version, close } = opened.value;
const client = new mongoose.mongo.MongoClient(uri);
const marks = client.db(name).collection('marks');
await client.withSession((session) => session.withTransaction(() => marks.insertOne({ at: new Date() }, { session })));
process.on('SIGTERM', () => {
  void client
    .close()
    .then(close)
    .then(() => process.exit(0));
});
print({ ok: true, uri, version, marks: await marks.countDocuments() });
