import type { RecordState } from '../../../model/index.ts';
import type { Context } from '../../../roster/index.ts';
import type { ExportReads } from '../../../sync/index.ts';

/** A referenced record as rows name it. */
interface Known {
  readonly sourcedId: string;
  readonly state: RecordState;
}

/** A class as its enrollments need it. */
interface KnownClass extends Known {
  readonly school: string | undefined;
}

/** What rows refer to; a batch of records loads what it needs at once, and a bounded number is kept. */
export interface References {
  load(type: 'person' | 'group', guids: Iterable<string>): Promise<void>;
  loadClasses(guids: Iterable<string>): Promise<void>;
  /** Whether a record may be referred to: in a bulk package only what is in it. */
  canRefer(type: 'person' | 'group', guid: string): boolean;
  /** The OneRoster id of a record that may be left out. */
  refer(type: 'person' | 'group', guid: string | undefined): string | undefined;
  /** The OneRoster id of a record that is required, its guid if need be. */
  must(type: 'person' | 'group', guid: string): string;
  classOf(guid: string): KnownClass | undefined;
  /** Whether something in the package refers to a group. */
  isReferred(guid: string): boolean;
}

const mostKept = 100_000;

/** Makes {@link References}; `whole`: the package holds all records, so that references must resolve inside. */
export function makeReferences(roster: ExportReads, context: Context, whole: boolean): References {
  const known = { person: new Map<string, Known>(), group: new Map<string, Known>() };
  const classes = new Map<string, KnownClass>();
  const referred = new Set<string>();

  const missing = (kept: Map<string, unknown>, guids: Iterable<string>): string[] => {
    const wanted = [...new Set(guids)];
    if (kept.size + wanted.length > mostKept) kept.clear();
    return wanted.filter((guid) => !kept.has(guid));
  };

  const canRefer: References['canRefer'] = (type, guid) => {
    const state = known[type].get(guid)?.state;
    return whole ? state === 'active' || state === 'disabled' : state !== undefined && state !== 'expected';
  };
  const must: References['must'] = (type, guid) => {
    if (type === 'group') referred.add(guid);
    return known[type].get(guid)?.sourcedId ?? guid;
  };

  return {
    async load(type, guids) {
      const wanted = missing(known[type], guids);
      if (wanted.length === 0) return;
      const names = await roster.names(context, type, wanted);
      for (const [guid, { sourcedId, state }] of names) known[type].set(guid, { sourcedId, state });
    },
    async loadClasses(guids) {
      const wanted = missing(classes, guids);
      if (wanted.length === 0) return;
      for (const found of await roster.find(context, 'group', wanted, { trashed: true })) {
        if (found === undefined) continue;
        const { guid, sourcedId, state, derived } = found;
        classes.set(guid, { sourcedId, state, school: derived?.school });
      }
    },
    canRefer,
    refer: (type, guid) => (guid !== undefined && canRefer(type, guid) ? must(type, guid) : undefined),
    must,
    classOf: (guid) => classes.get(guid),
    isReferred: (guid) => referred.has(guid),
  };
}
