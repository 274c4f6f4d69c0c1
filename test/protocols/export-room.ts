import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RosterType, StoredRecord } from '../../src/model/index.ts';
import { encodeItems } from '../../src/protocols/oneroster-rest/nouns/encode.ts';
import type { Context, ReferenceName, View } from '../../src/roster/index.ts';
import type { ExportQuery, Mode, Run } from '../../src/sync/index.ts';
import { fieldsOf, openZip } from '../../src/wire/index.ts';
import { type Feeds, openFeeds } from '../sync/feeds.ts';

/** Rows of a CSV file as objects by column; `columns` in their order. */
export interface Csv {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** A tenant into which files go and out of which they come. */
export interface ExportRoom extends Feeds {
  /** An administrator of a tenant; it is made where it is not there. */
  tenant(id: string): Promise<Context>;
  /** Takes a file in as all that a feed has, without limits. */
  takeIn(context: Context, bytes: Uint8Array | string, protocol: string, mode?: Mode): Promise<Run>;
  /** An export as bytes. */
  export(context: Context, query: Partial<ExportQuery>): Promise<Buffer>;
  /** The CSV files of a package by name, the manifest among them. */
  unpack(bytes: Uint8Array): Promise<Map<string, Csv>>;
  /** What OneRoster REST shows of a tenant in one version, without times and the gateway's own root org where nothing uses it. */
  shown(context: Context, version: '1.1' | '1.2'): Promise<Record<string, unknown[]>>;
  /** What IMS shows of a tenant: data, with IMS ids in place of guids. */
  known(context: Context): Promise<Record<RosterType, Record<string, unknown>>>;
}

const unlimited = { percent: null, number: null };
const each = { insert: unlimited, update: unlimited, delete: unlimited };
const limits = { person: each, group: each, membership: each, academicSession: each };
const views: readonly View[] = ['org', 'academicSession', 'course', 'class', 'user', 'demographics', 'enrollment'];

/** CSV requires a user name; one that nobody gave is the sourcedId there. */
const usernameOf = ({ username, sourcedId }: Record<string, unknown>) => ({ username: username ?? sourcedId });

/** Opens an {@link ExportRoom}. */
export async function openExportRoom(): Promise<ExportRoom> {
  const feeds = await openFeeds();
  const { roster, sync, exports } = feeds;
  const made = new Set<string>();

  async function records<T extends RosterType>(context: Context, type: T): Promise<StoredRecord<T>[]> {
    const all: StoredRecord<T>[] = [];
    for await (const batch of roster.scan(context, type, { made: false })) all.push(...batch);
    return all;
  }

  return {
    ...feeds,
    async tenant(id) {
      if (!made.has(id)) await feeds.addTenant(id);
      made.add(id);
      return { tenant: id, writer: 'admin:a', namespace: 'default', source: 'admin' };
    },
    async takeIn(context, bytes, protocol, mode = 'full') {
      const feed = await sync.putFeed(context, 'sis', { protocol, limits });
      if (!feed.ok) throw new Error(feed.problem.text);
      const source = (async function* () {
        yield Buffer.from(bytes as Uint8Array);
      })();
      const request = { feed: 'sis', dryRun: false, fileName: 'f', ...(protocol === 'oneroster-csv' ? {} : { mode }) };
      const submitted = await sync.submit(context, request, source);
      if (!submitted.ok) throw new Error(submitted.problem.text);
      const run = await sync.wait(context, submitted.value.id);
      if (run === undefined) throw new Error('the run is gone');
      return run;
    },
    async export(context, query) {
      const file = await exports.open(context, { format: 'oneroster-csv-1.2.1', passwords: false, ...query });
      if (!file.ok) throw new Error(file.problem.text);
      const parts: Uint8Array[] = [];
      for await (const part of file.value.bytes) parts.push(part);
      return Buffer.concat(parts);
    },
    async unpack(bytes) {
      const folder = await mkdtemp(join(tmpdir(), 'rostergate-export-'));
      await writeFile(join(folder, 'p.zip'), bytes);
      const zip = await openZip(join(folder, 'p.zip'));
      const files = new Map<string, Csv>();
      for (const entry of zip.entries) {
        const parts: Uint8Array[] = [];
        for await (const part of zip.read(entry)) parts.push(part);
        files.set(entry.name, csvOf(Buffer.concat(parts).toString('utf8')));
      }
      zip.close();
      await rm(folder, { recursive: true });
      return files;
    },
    async shown(context, version) {
      const shown: Record<string, unknown[]> = {};
      for (const view of views) {
        const { items } = await roster.page(context, { view, limit: 100_000, offset: 0 });
        const { objects } = await encodeItems(roster, context, { version, view, origin: '', items });
        shown[view] = objects
          .filter(({ status }) => status === 'active')
          .map(({ dateLastModified: _changed, ...rest }) => ({ ...rest, ...(view === 'user' && usernameOf(rest)) }))
          .map((object) => JSON.parse(JSON.stringify(object)) as Record<string, unknown>)
          .sort((a, b) => (String(a['sourcedId']) < String(b['sourcedId']) ? -1 : 1));
      }
      const text = JSON.stringify(shown);
      const made = new Set(
        (await roster.page(context, { view: 'org', limit: 1000, offset: 0 })).items
          .filter(({ record }) => record.made === true)
          .map(({ record }) => record.sourcedId),
      );
      const isUsed = (id: string) => text.includes(`/orgs/${id}"`);
      shown['org'] = (shown['org'] as { sourcedId: string }[]).filter(
        ({ sourcedId }) => !made.has(sourcedId) || isUsed(sourcedId),
      );
      return shown;
    },
    async known(context) {
      const [persons, groups, memberships] = await Promise.all([
        records(context, 'person'),
        records(context, 'group'),
        records(context, 'membership'),
      ]);
      const guids = new Set<string>();
      for (const { data } of groups) for (const { target } of data.relationships ?? []) guids.add(target);
      for (const { data } of memberships) guids.add(data.group).add(data.member);
      const names = new Map<string, ReferenceName>([
        ...(await roster.names(context, 'person', [...guids])),
        ...(await roster.names(context, 'group', [...guids])),
      ]);
      const plain = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value), (_, child: unknown) =>
          typeof child === 'string' ? (names.get(child)?.imsId ?? child) : child,
        );
      const byId = (all: readonly StoredRecord[]) =>
        Object.fromEntries(
          all.map(({ guid, imsId, state, sourcedIds, sourcedId, data }) => [
            imsId,
            plain({ state, sourcedIds, sourcedId: sourcedId === guid ? 'guid' : sourcedId, data }),
          ]),
        );
      const ends = Object.fromEntries(
        memberships.map(({ data: { group, member, ...data } }) => [
          `${names.get(group)?.imsId} ${names.get(member)?.imsId}`,
          plain(data),
        ]),
      );
      return { person: byId(persons), group: byId(groups), membership: ends };
    },
  };
}

function csvOf(text: string): Csv {
  const [header = '', ...lines] = text.split('\r\n').slice(0, -1);
  const columns = fieldsOf(header) ?? [];
  const rows = lines.map((line) => {
    const fields = fieldsOf(line) ?? [];
    if (fields.length !== columns.length) throw new Error(`a row of ${fields.length} fields: ${line}`);
    return Object.fromEntries(columns.map((name, at) => [name, fields[at] ?? '']));
  });
  return { columns, rows };
}
