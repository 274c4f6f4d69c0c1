import type { Clock } from '../../../base/clock.ts';
import type { StoredRecord } from '../../../model/index.ts';
import type { Context } from '../../../roster/index.ts';
import type { Exporter, ExportReads, ExportRequest } from '../../../sync/index.ts';
import { csvRow, writeZip, type ZipContent } from '../../../wire/index.ts';
import { columnsOf, type RosterFile } from '../columns.ts';
import type { FileMode } from '../manifest.ts';
import type { Values, Writing } from './cells.ts';
import { goneParts } from './gone.ts';
import { manifestCsv } from './manifest.ts';
import { order, plans, withTombstones } from './plans.ts';
import { makeReferences } from './references.ts';

/**
 * Writes packages of OneRoster CSV 1.1 or 1.2.1: a bulk package with all that is active, or a delta with all that has
 * changed, where what is in the trash, archived or purged is `tobedeleted`. Files without rows are absent. What was made
 * after the export began is left for the next one, so that references resolve.
 */
export function makeOneRosterCsvExporter(version: '1.1' | '1.2.1', clock: Clock): Exporter {
  return {
    format: `oneroster-csv-${version}`,
    mediaType: 'application/zip',
    extension: 'zip',
    delta: true,
    write: (roster, context, request) => writeZip(filesOf({ version, roster, context, request, begin: clock.now() })),
  };
}

interface Job {
  readonly version: '1.1' | '1.2.1';
  readonly roster: ExportReads;
  readonly context: Context;
  readonly request: ExportRequest;
  /** When the export began. */
  readonly begin: Date;
}

async function* filesOf(job: Job): AsyncGenerator<ZipContent> {
  const { version, roster, context, request } = job;
  const delta = request.since !== undefined;
  const writing: Writing = {
    version,
    since: request.since,
    passwords: request.passwords,
    references: makeReferences(roster, context, !delta),
  };
  const modes = new Map<RosterFile, FileMode>();
  for (const file of order) {
    if (version === '1.1' && (file === 'roles' || file === 'userProfiles')) continue;
    if (file === 'demographics' && !request.demographics) continue;
    const plan = plans[file];
    const metadata = plan.metadata ? await roster.metadataNames(context, plan.view) : [];
    const columns = [
      ...columnsOf(file, version).map(({ name }) => name),
      ...metadata.map((name) => `metadata.${name}`),
    ];
    const rows = rowsOf(job, writing, file, columns);
    const first = await rows.next();
    if (first.done === true) continue;
    modes.set(file, delta ? 'delta' : 'bulk');
    yield { name: `${file}.csv`, bytes: bytesOf(csvRow(columns) + first.value, rows) };
  }
  yield { name: 'manifest.csv', bytes: bytesOf(manifestCsv(version, modes)) };
}

/** The rows of a file, a batch of records at a time; never an empty text. */
async function* rowsOf(
  { roster, context, request: { since }, begin }: Job,
  writing: Writing,
  file: RosterFile,
  columns: readonly string[],
): AsyncGenerator<string> {
  const { type, view, having, load, rows } = plans[file];
  const shown = having === undefined ? { view } : { view, having };
  const query =
    since === undefined
      ? shown
      : { ...shown, changedAfter: since, states: ['active', 'disabled', 'archived', 'trashed'] as const };
  for await (const batch of roster.scan(context, type, query)) {
    const written = batch.filter((record) => isShown(record, writing, begin));
    await load(writing, written);
    let text = '';
    for (const record of written) {
      for (const values of rows(writing, record)) text += csvRow(columns.map((name) => values[name]));
    }
    if (text !== '') yield text;
  }
  if (since === undefined) return;
  if (file === 'roles' || file === 'userProfiles' || file === 'demographics') {
    yield* goneParts(roster, context, writing, since, file, columns);
  }
  const purged = withTombstones[file];
  if (purged === undefined) return;
  for await (const batch of roster.purgedAfter(context, since)) {
    const gone = batch.filter(({ views }) => views.includes(purged));
    const text = gone.map(({ sourcedId, at }) => {
      const values: Values = { sourcedId, status: 'tobedeleted', dateLastModified: at.toISOString() };
      return csvRow(columns.map((name) => values[name]));
    });
    if (text.length > 0) yield text.join('');
  }
}

function isShown(record: StoredRecord, { since, references }: Writing, begin: Date): boolean {
  if (since !== undefined) return true;
  if (record.createdAt > begin) return false;
  // The root org that the gateway made is in the package where something hangs on it.
  const isMadeOrg = record.made === true && 'kind' in record.data && record.data.kind === 'org';
  return !isMadeOrg || references.isReferred(record.guid);
}

async function* bytesOf(first: string, rest?: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(first);
  if (rest !== undefined) for await (const text of rest) yield Buffer.from(text);
}
