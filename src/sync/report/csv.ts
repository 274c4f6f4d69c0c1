import { stringify } from 'csv-stringify/sync';
import { ok, type Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { ChangeItem, ProblemItem } from '../run.ts';
import type { Listing, Paging, Sync, UnmappedItem } from '../types.ts';
import type { CertificationLog } from './certification.ts';
import { type SnapshotFinding, type SnapshotReads, snapshotReport } from './snapshot-report.ts';

/** Items that are looked up at a time. */
const pageSize = 2000;

/** Rows as CSV (RFC 4180); what a spreadsheet would take for a formula begins with an apostrophe. */
function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { escape_formulas: true, record_delimiter: '\r\n' },
  );
}

/** All pages of a list as CSV with a header; the first page is looked up at once, and its problem answered. */
async function listCsv<T>(
  header: readonly string[],
  page: (paging: Paging) => Promise<Result<Pick<Listing<T>, 'next'> & { readonly items: readonly T[] }>>,
  row: (item: T) => readonly (string | number | null)[],
): Promise<Result<AsyncGenerator<string>>> {
  const first = await page({ limit: pageSize });
  if (!first.ok) return first;
  return ok(
    (async function* () {
      yield csv([header]);
      for (let at = first.value; ; ) {
        if (at.items.length > 0) yield csv(at.items.map(row));
        if (at.next === null) return;
        const next = await page({ limit: pageSize, cursor: at.next });
        // Only a run that is planned anew at this moment, or whose lists are dropped, ends it early.
        if (!next.ok) return;
        at = next.value;
      }
    })(),
  );
}

/** The problems of a run as CSV, in pieces. */
export function problemsCsv(
  sync: Pick<Sync, 'problems'>,
  context: Context,
  id: string,
  filter: Omit<Parameters<Sync['problems']>[2], keyof Paging>,
): Promise<Result<AsyncGenerator<string>>> {
  return listCsv<ProblemItem>(
    ['file', 'line', 'id', 'field', 'code', 'message', 'type'],
    (paging) => sync.problems(context, id, { ...filter, ...paging }),
    (item) => [item.file, item.line, item.id, item.field, item.kind, item.message, item.type],
  );
}

/** What a feed's settings say nothing of as CSV, in pieces; `entry` is JSON. */
export function unmappedCsv(
  sync: Pick<Sync, 'unmapped'>,
  context: Context,
  feed: string,
): Promise<Result<AsyncGenerator<string>>> {
  return listCsv<UnmappedItem>(
    ['column', 'value', 'rows', 'line', 'setting', 'entry'],
    (paging) => sync.unmapped(context, feed, paging),
    (item) => [item.column, item.value, item.rows, item.line, item.setting, JSON.stringify(item.entry)],
  );
}

/** What a snapshot has shown of courses and students as CSV, in pieces. */
export function snapshotReportCsv(
  reads: SnapshotReads,
  context: Context,
  feed: string,
  asked: { readonly run?: string },
): Promise<Result<AsyncGenerator<string>>> {
  return listCsv<SnapshotFinding>(
    ['finding', 'of', 'id', 'line', 'detail'],
    (paging) => snapshotReport(reads, context, feed, { ...asked, ...paging }),
    ({ finding, of, id, line, detail }) => [finding, of, id, line, detail],
  );
}

/** The changes of a run as CSV, in pieces; `before` and `after` are JSON. */
export function changesCsv(
  sync: Pick<Sync, 'changes'>,
  context: Context,
  id: string,
  filter: Omit<Parameters<Sync['changes']>[2], keyof Paging>,
): Promise<Result<AsyncGenerator<string>>> {
  const json = (value: object | null) => (value === null ? null : JSON.stringify(value));
  return listCsv<ChangeItem>(
    ['type', 'action', 'id', 'guid', 'name', 'line', 'before', 'after'],
    (paging) => sync.changes(context, id, { ...filter, ...paging }),
    (item) => [item.type, item.action, item.id, item.guid, item.name, item.line, json(item.before), json(item.after)],
  );
}

/** A certification log as CSV, with the words of the certification (oneroster.md 9.1). */
export function certificationCsv(log: CertificationLog): string {
  return csv([
    ['Test Identifier', 'Test Date', 'Status', 'CSV Files Imported', 'CSV Files Rejected', 'Comment'],
    [
      log.testIdentifier,
      log.testDate,
      log.status,
      log.filesImported.join('; '),
      log.filesRejected.join('; '),
      log.comments.join('\n'),
    ],
  ]);
}
