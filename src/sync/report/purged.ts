import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { rosterTypes } from '../../model/index.ts';
import type { FindingList, FindingPacks, KindCount } from '../../store/index.ts';
import type { ChangeItem, CountedType, Pair, ProblemItem, RunProblem } from '../run.ts';
import { itemsOf } from './packs.ts';

const pack = promisify(gzip);

/** Records that are gone for good: their guids, and as `type:id` the ids by which senders and readers knew them. */
export interface Purged {
  readonly guids: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
}

/** Takes out of the lists of a run what tells of purged records (decisions 2.5); answers how many items these were. */
export async function takePurgedOut(packs: FindingPacks, tenant: string, run: string, purged: Purged): Promise<number> {
  let taken = 0;
  for await (const found of packs.all(tenant, run)) {
    const lines = (await itemsOf(found.packed)).filter((line) => line !== '');
    const kept = lines.filter((line) => !tellsOf(purged, found.list, line));
    if (kept.length === lines.length) continue;
    taken += lines.length - kept.length;
    const text = kept.join('\n');
    await packs.replace(tenant, found.id, { kinds: kindsOf(found.list, kept), packed: await pack(text, { level: 3 }) });
  }
  return taken;
}

/** The summary of problems without the first places that tell of purged records. */
export function withoutPurged(problems: readonly RunProblem[], purged: Purged): RunProblem[] {
  return problems.map((problem) => {
    const { id, message } = problem.first;
    if (!isOf(purged, null, id) && !namesGuid(purged, message)) return problem;
    return { ...problem, first: { file: null, line: null, id: null, message: 'The record has been purged since.' } };
  });
}

function tellsOf(purged: Purged, list: FindingList, line: string): boolean {
  if (namesGuid(purged, line)) return true;
  const item = JSON.parse(line) as ProblemItem | ChangeItem | Pair;
  if (list === 'pair')
    return isOf(purged, 'person', (item as Pair).knownId) || isOf(purged, 'person', (item as Pair).newId);
  const { type, id } = item as ProblemItem | ChangeItem;
  return isOf(purged, type, id);
}

/** Whether an id is that of a purged record; of any type where none is said. */
function isOf({ ids, guids }: Purged, type: CountedType | null, id: string | null): boolean {
  if (id === null) return false;
  const types = type === null ? rosterTypes : [type === 'academicSession' ? 'group' : type];
  return guids.has(id) || types.some((one) => ids.has(`${one}:${id}`));
}

/** A membership of a purged person goes by names too, so that all guids in an item count. */
const namesGuid = ({ guids }: Purged, text: string) =>
  (text.match(/[0-9a-f]{32}/g) ?? []).some((guid) => guids.has(guid));

function kindsOf(list: FindingList, lines: readonly string[]): KindCount[] {
  const kinds = new Map<string, KindCount>();
  for (const line of lines) {
    const { kind, type } = kindOf(list, JSON.parse(line) as ProblemItem & ChangeItem);
    const name = `${kind} ${type}`;
    kinds.set(name, { kind, type, count: (kinds.get(name)?.count ?? 0) + 1 });
  }
  return [...kinds.values()];
}

function kindOf(list: FindingList, item: ProblemItem & ChangeItem): Omit<KindCount, 'count'> {
  if (list === 'change') return { kind: item.action, type: item.type };
  return { kind: item.kind, type: list === 'pair' ? '' : (item.type ?? '') };
}
