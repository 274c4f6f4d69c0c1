import type { Person, StoredRecord } from '../../../model/index.ts';
import type { Context } from '../../../roster/index.ts';
import type { ExportReads } from '../../../sync/index.ts';
import { csvRow } from '../../../wire/index.ts';
import type { Values, Writing } from './cells.ts';
import { type Plan, plans } from './plans.ts';

/** Files whose rows are parts of users. */
type PartFile = 'roles' | 'userProfiles' | 'demographics';

/** A person's data with the roles, profiles and demographics of before. */
function withFormer(data: Person, former: Person | undefined): Person {
  if (former === undefined) return data;
  const { roles: _roles, userProfiles: _profiles, demographics: _demographics, ...rest } = data;
  return { ...rest, ...former };
}

const idOf = ({ sourcedId }: Values) => sourcedId ?? '';

/** A row of what is gone: no password, and of demographics the id alone. */
function goneRow(file: PartFile, { password: _password, ...values }: Values): Values {
  const status = 'tobedeleted';
  if (file !== 'demographics') return { ...values, status };
  return { sourcedId: values['sourcedId'], status, dateLastModified: values['dateLastModified'] };
}

/** Rows for what persons had in one of the files that are joined to users, and have no more. */
export async function* goneParts(
  roster: ExportReads,
  context: Context,
  writing: Writing,
  since: Date,
  file: PartFile,
  columns: readonly string[],
): AsyncGenerator<string> {
  const { load, rows } = plans[file] as Plan<'person'>;
  const done = new Set<string>();
  for await (const batch of roster.formerPersons(context, since)) {
    const guids = batch.map(({ guid }) => guid);
    const now = await roster.find(context, 'person', guids, { trashed: true });
    const former = batch.flatMap(({ data, derived }, index): StoredRecord<'person'>[] => {
      const record = now[index];
      if (record === undefined) return [];
      return [{ ...record, data: withFormer(record.data, data), derived: { ...record.derived, ...derived } }];
    });
    await load(writing, [...former, ...now.filter((record) => record !== undefined)]);
    const kept = new Set(now.flatMap((record) => (record === undefined ? [] : rows(writing, record).map(idOf))));
    let text = '';
    for (const values of former.flatMap((record) => rows(writing, record))) {
      const id = idOf(values);
      if (kept.has(id) || done.has(id)) continue;
      done.add(id);
      const gone = goneRow(file, values);
      text += csvRow(columns.map((name) => gone[name]));
    }
    if (text !== '') yield text;
  }
}
