import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { Context } from '../../src/roster/index.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { Mode, Run } from '../../src/sync/index.ts';
import { testDatabase } from '../setup/database.ts';
import { demo } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

/** What a test changes of a collection. */
interface Collection {
  findOne(filter: object): Promise<Readonly<Record<string, unknown>> | null>;
  updateOne(filter: object, change: object): Promise<unknown>;
}

/** The gateway's services on a database of their own, and what a test does with files. */
export interface Feeds extends Services {
  readonly context: Context;
  readonly database: { readonly uri: string; readonly name: string };
  /** Runs, and who is missing in a feed's files, as they are stored. */
  readonly runs: Collection;
  readonly absences: Collection;
  /** Takes a file in and waits for the end of its run. */
  take(
    text: string | Uint8Array,
    options?: { feed?: string; mode?: Mode; dryRun?: boolean; name?: string },
  ): Promise<Run>;
  /** Adds an empty tenant. */
  addTenant(id: string): Promise<void>;
  end(): Promise<void>;
}

/** Opens services with the tenant `demo`; runs wait where it is not to start. */
export async function openFeeds({ start = true } = {}): Promise<Feeds> {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'rostergate-sync-'));
  const config = readConfig(
    { DATA_DIR: dataDir, BOOTSTRAP_TENANT: 'demo', BOOTSTRAP_USER: 'sis', BOOTSTRAP_PASSWORD: demo.password },
    () => '',
  );
  if (!config.ok) throw new Error(config.problem.text);
  const services = await openServices(
    config.value,
    { uri: database.uri, name: database.name, kind: 'embedded' },
    watchedLog,
  );
  if (!services.ok) throw new Error(services.problem.text);
  const { sync, access } = services.value;
  if (start) await sync.start();
  const admin = await access.admin(demo.user, demo.password);
  if (!admin.ok) throw new Error(admin.problem.text);
  const context = admin.value;
  return {
    ...services.value,
    context,
    database: { uri: database.uri, name: database.name },
    runs: database.connection.collection('runs') as unknown as Collection,
    absences: database.connection.collection('absences') as unknown as Collection,
    async take(text, { feed = 'default', mode, dryRun = false, name = 'file.xml' } = {}) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text;
      const source = (async function* () {
        yield bytes;
      })();
      const submitted = await sync.submit(context, { feed, dryRun, fileName: name, ...(mode ? { mode } : {}) }, source);
      if (!submitted.ok) throw new Error(submitted.problem.text);
      const run = await sync.wait(context, submitted.value.id);
      if (run === undefined) throw new Error('the run is gone');
      return run;
    },
    async addTenant(id) {
      const guidKey = createHash('sha256').update(id).digest();
      await database.connection.collection('tenants').insertOne({ _id: id as never, guidKey, timeZone: 'UTC' });
    },
    async end() {
      await services.value.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const sourcedId = (id: string) => `<sourcedid><source>t</source><id>${id}</id></sourcedid>`;

/** A person element. */
export const person = (id: string, family = 'Ek', more = '') =>
  `<person>${sourcedId(id)}<name><fn>X ${family}</fn><n><family>${family}</family></n></name>${more}</person>`;

/** A group element, a class unless a type is given. */
export const group = (id: string, parent?: string, type?: string) =>
  `<group>${sourcedId(id)}${type === undefined ? '' : `<grouptype><scheme>t</scheme><typevalue level="1">${type}</typevalue></grouptype>`}` +
  `<description><short>${id}</short></description>` +
  `${parent === undefined ? '' : `<relationship relation="1">${sourcedId(parent)}<label>p</label></relationship>`}</group>`;

/** A membership element with learners. */
export const membership = (groupId: string, members: readonly string[], role = '01') =>
  `<membership>${sourcedId(groupId)}${members
    .map(
      (id) => `<member>${sourcedId(id)}<idtype>1</idtype><role roletype="${role}"><status>1</status></role></member>`,
    )
    .join('')}</membership>`;

/** A whole file. */
export const file = (...parts: string[]) =>
  `<enterprise><properties><datasource>t</datasource><datetime>2026-09-01</datetime></properties>\n${parts.join('\n')}\n</enterprise>`;

/** Numbered ids. */
export const ids = (prefix: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + from}`);
