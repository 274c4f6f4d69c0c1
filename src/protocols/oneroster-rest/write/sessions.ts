import type { StoredRecord } from '../../../model/index.ts';
import type { Context, Parent } from '../../../roster/index.ts';
import type { Reads } from '../deps.ts';
import type { Readable } from '../push/ask.ts';
import type { Records } from '../push/look-up.ts';
import { namedBy } from './path.ts';

/**
 * The sessions above those of the line items that results name, by guid: a line item of a grading period is one of its
 * term too. Nothing is read where the path has no session.
 */
export async function sessionsAbove(
  roster: Pick<Reads, 'find'>,
  context: Context,
  parents: readonly Parent[],
  asks: readonly Readable[],
  records: Records,
): Promise<(guid: string) => ReadonlySet<string>> {
  const parentOf = new Map<string, string>();
  const isAsked = parents.some(({ view }) => view === 'academicSession');
  const seen = new Set<string>();
  for (let level = isAsked ? sessionsOf(asks, records) : []; level.length > 0; ) {
    for (const guid of level) seen.add(guid);
    const found = await roster.find(context, 'group', level, { trashed: true });
    for (const record of found) {
      if (record?.derived?.parent !== undefined) parentOf.set(record.guid, record.derived.parent);
    }
    const above = new Set(level.flatMap((guid) => parentOf.get(guid) ?? []));
    level = [...above].filter((guid) => !seen.has(guid));
  }
  return (guid) => {
    const above = new Set<string>();
    for (let at = parentOf.get(guid); at !== undefined && !above.has(at); at = parentOf.get(at)) above.add(at);
    return above;
  };
}

function sessionsOf(asks: readonly Readable[], records: Records): string[] {
  const named = asks.flatMap((ask) => {
    const lineItem = namedBy(ask, 'lineItem', records) as StoredRecord<'lineItem'> | undefined;
    return [lineItem?.data.gradingPeriod, lineItem?.data.academicSession].filter((guid) => guid !== undefined);
  });
  return [...new Set(named)];
}
