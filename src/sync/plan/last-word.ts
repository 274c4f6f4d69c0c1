import { endsKey, type Role, roleNames } from '../../model/index.ts';
import type { ReleaseChange, WriteChange } from '../../roster/index.ts';
import type { CountedType } from '../run.ts';

/** A change that a file asks for. */
export type Asked = WriteChange | ReleaseChange;

/** Removals are counted as one of these; a membership that keeps other roles is updated. */
export type RemovalOutcome = 'trashed' | 'disabled' | 'archived' | 'updated';

/** A removal that a later record of the same file took back. */
export interface TakenBack {
  readonly type: CountedType;
  readonly outcome: RemovalOutcome;
  /** What would have gone along, as `type:guid`. */
  readonly along: readonly string[];
}

/**
 * The last mention of a record in a file wins. Removals are applied after all else, so one that stands before a write of
 * the same record must be taken back, for a membership as far as the write names its roles.
 */
export interface LastWord {
  /** Notes a removal that is planned, and what it was counted as if it was; answers its number. */
  removed(guid: string, change: ReleaseChange, counted: TakenBack | undefined): number;
  /** A record is written, or known to stand as it is; answers the removals that are taken back altogether. */
  written(guid: string, change: WriteChange | undefined): TakenBack[];
  /** Whether a removal of a record is planned that is not taken back. */
  isRemoved(guid: string): boolean;
  /** What is left of a removal when the whole file is read; undefined for nothing. */
  left(number: number, change: ReleaseChange): ReleaseChange | undefined;
}

interface Pending {
  readonly number: number;
  readonly counted: TakenBack | undefined;
  readonly roles: readonly string[] | undefined;
}

/** Makes a {@link LastWord}; memory grows with the file's explicit removals only. */
export function makeLastWord(): LastWord {
  const pending = new Map<string, Pending[]>();
  const takenBack = new Map<number, readonly string[]>();
  let numbers = 0;

  return {
    removed(guid, change, counted) {
      const number = numbers;
      numbers += 1;
      pending.set(guid, [...(pending.get(guid) ?? []), { number, counted, roles: change.roles }]);
      return number;
    },
    written(guid, change) {
      const removals = pending.get(guid);
      if (removals === undefined) return [];
      const back: TakenBack[] = [];
      const still: Pending[] = [];
      for (const removal of removals) {
        const roles = rolesLeft(removal.roles, change === undefined ? undefined : roleTypes(change));
        if (roles !== undefined) still.push({ ...removal, roles });
        else if (removal.counted !== undefined) back.push(removal.counted);
        if (roles !== removal.roles || roles === undefined) takenBack.set(removal.number, roles ?? []);
      }
      if (still.length > 0) pending.set(guid, still);
      else pending.delete(guid);
      return back;
    },
    isRemoved: (guid) => pending.has(guid),
    left(number, change) {
      const roles = takenBack.get(number);
      if (roles === undefined) return change;
      return roles.length === 0 ? undefined : { ...change, roles };
    },
  };
}

/** The same within a batch, by keys, before the store is asked: removals with what is left of them, undefined for nothing. */
export function withLastWord(changes: readonly Asked[]): (Asked | undefined)[] {
  const later = new Map<string, Set<string>>();
  const result: (Asked | undefined)[] = [...changes];
  for (let at = changes.length - 1; at >= 0; at -= 1) {
    const change = changes[at];
    if (change === undefined) continue;
    const name = nameOf(change);
    const written = later.get(name);
    if (change.op !== 'release') {
      later.set(name, new Set([...(written ?? []), ...roleTypes(change)]));
    } else if (written !== undefined) {
      const roles = rolesLeft(change.roles, [...written]);
      result[at] = roles === undefined ? undefined : { ...change, roles };
    }
  }
  return result;
}

function rolesLeft(
  removed: readonly string[] | undefined,
  written: readonly string[] | undefined,
): readonly string[] | undefined {
  if (removed === undefined || written === undefined) return undefined;
  const left = removed.filter((role) => !written.includes(role));
  return left.length === 0 ? undefined : left;
}

function roleTypes({ type, data }: WriteChange): readonly string[] {
  return type === 'membership' ? ((data as { roles?: readonly Role[] }).roles ?? []).flatMap(roleNames) : [];
}

function nameOf(change: Asked): string {
  if (change.key !== undefined || change.op === 'release') return `${change.type} ${change.key ?? ''}`;
  const { group, member, memberType } = change.data as { group?: string; member?: string; memberType?: string };
  return `membership ${endsKey(group ?? '', member ?? '', memberType === 'group' ? 'group' : 'person')}`;
}
