import type { Role, UserRole } from '../../../model/index.ts';
import type { Context } from '../../../roster/index.ts';
import type { ExportReads } from '../../../sync/index.ts';
import { csvRow } from '../../../wire/index.ts';
import type { Values, Writing } from './cells.ts';
import { enrollmentRows } from './enrollments.ts';
import { enrollmentPlan, loadUsers } from './plans.ts';
import { roleRows } from './users.ts';

/** Rows for the roles that persons had and have no more. */
export async function* goneRoles(
  roster: ExportReads,
  context: Context,
  writing: Writing,
  since: Date,
  columns: readonly string[],
): AsyncGenerator<string> {
  const told = new Set<string>();
  for await (const batch of roster.formerRoles(context, 'person', since)) {
    const now = await roster.find(
      context,
      'person',
      batch.map(({ guid }) => guid),
      { trashed: true },
    );
    const former = batch.flatMap(({ roles, derived }, index) => {
      const record = now[index];
      if (record === undefined) return [];
      const data = roles === undefined ? record.data : { ...record.data, roles: roles as UserRole[] };
      return { ...record, data, derived: { ...record.derived, ...derived } };
    });
    await loadUsers(writing, [...former, ...now.filter((record) => record !== undefined)]);
    const kept = new Set(now.flatMap((record) => (record === undefined ? [] : roleRows(writing, record).map(idOf))));
    const text = former.flatMap((record) => goneRows(roleRows(writing, record), kept, told, columns)).join('');
    if (text !== '') yield text;
  }
}

/** Rows for the enrollments that were roles of memberships and are no more. */
export async function* goneEnrollments(
  roster: ExportReads,
  context: Context,
  writing: Writing,
  since: Date,
  columns: readonly string[],
): AsyncGenerator<string> {
  const told = new Set<string>();
  for await (const batch of roster.formerRoles(context, 'membership', since)) {
    const now = await roster.find(
      context,
      'membership',
      batch.map(({ guid }) => guid),
      { trashed: true },
    );
    const former = batch.flatMap(({ roles }, index) => {
      const record = now[index];
      // What was never an enrollment has none that is gone.
      if (record?.data.memberType !== 'person' || roles === undefined) return [];
      return { ...record, data: { ...record.data, roles: roles as Role[] } };
    });
    await enrollmentPlan.load(writing, former);
    const kept = new Set(
      now.flatMap((record) => (record === undefined ? [] : enrollmentRows(writing, record).map(idOf))),
    );
    const text = former.flatMap((record) => goneRows(enrollmentRows(writing, record), kept, told, columns)).join('');
    if (text !== '') yield text;
  }
}

const idOf = ({ sourcedId }: Values) => sourcedId ?? '';

function goneRows(
  rows: readonly Values[],
  kept: ReadonlySet<string>,
  told: Set<string>,
  columns: readonly string[],
): string[] {
  return rows.flatMap((values) => {
    const id = idOf(values);
    if (kept.has(id) || told.has(id)) return [];
    told.add(id);
    return csvRow(columns.map((name) => (name === 'status' ? 'tobedeleted' : values[name])));
  });
}
