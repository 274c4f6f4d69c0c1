import type { RecordType } from '../../src/model/index.ts';
import type { Change, Context, Roster } from '../../src/roster/index.ts';

const isMade = ({ before }: Undone) => before === 'absent' || before['state'] === 'expected';

interface Undone {
  readonly type: RecordType;
  before: Record<string, unknown> | 'absent';
  after: Record<string, unknown>;
}

/** The reverts of all that a run did, first what it made; `lost` says whether a purge took values away. */
export async function revertsOf(
  roster: Roster,
  context: Context,
  run: string,
): Promise<{ changes: Change[]; lost: boolean }> {
  const records = new Map<string, Undone>();
  let lost = false;
  for await (const { entries } of roster.changesOfRun(context, run)) {
    for (const entry of entries) {
      if (entry.lost === true) lost = true;
      const name = `${entry.type} ${entry.guid}`;
      const there = records.get(name);
      if (there === undefined) {
        const before = entry.before === 'absent' ? ('absent' as const) : { ...entry.before };
        records.set(name, { type: entry.type, before, after: { ...entry.after } });
        continue;
      }
      if (there.before !== 'absent' && entry.before !== 'absent') there.before = { ...entry.before, ...there.before };
      there.after = { ...there.after, ...entry.after };
    }
  }
  // As a plan on disk has them.
  const order = [...records].reverse().sort(([, a], [, b]) => Number(isMade(b)) - Number(isMade(a)));
  const changes = order.map(
    ([name, { type, before, after }]): Change => ({
      op: 'revert',
      type,
      key: name.split(' ')[1] ?? '',
      before,
      after,
    }),
  );
  return { changes: JSON.parse(JSON.stringify(changes)) as Change[], lost };
}
