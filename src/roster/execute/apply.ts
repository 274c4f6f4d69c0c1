import type { Change, ChangeResult, WriteChange } from '../change.ts';
import type { Context } from '../context.ts';
import { asSent } from './acts/look-up.ts';
import { purge } from './acts/purge.ts';
import { release, remove } from './acts/remove.ts';
import { rename } from './acts/rename.ts';
import { restore } from './acts/restore.ts';
import { write } from './acts/write.ts';
import { writeMembership } from './acts/write-membership.ts';
import { keepDroppedRoles } from './derive/dropped-roles.ts';
import { deriveGroups } from './derive/groups.ts';
import { deriveMemberships, derivePersons } from './derive/members.ts';
import { deriveViews } from './derive/views.ts';
import { lock } from './locks/lock.ts';
import { prefetch } from './prefetch.ts';
import { touchNaming } from './touch-naming.ts';
import { makeTurns } from './turns.ts';
import { prefetchHanging } from './undo/hanging.ts';
import { revert } from './undo/revert.ts';
import type { Unit } from './unit.ts';

/** A change with who asks for it. */
export interface Asked {
  readonly context: Context;
  readonly change: Change;
}

/** Settings that a unit's changes obey. */
export interface Rules {
  /** Days before a purge without force. */
  readonly trashDays: number;
  /** Share of a type that one credential may remove within 24 hours, in percent. */
  readonly brakePercent: number;
  /** Days that a tombstone stays. */
  readonly tombstoneDays: number;
}

/**
 * Applies changes in order to a unit in memory, then works out what follows from them. One result per change in order;
 * later changes see what earlier ones did.
 */
export async function applyAll(unit: Unit, asked: readonly Asked[], rules: Rules): Promise<ChangeResult[]> {
  const changes = asked.map(({ change }) => change);
  await prefetch(unit, asked);
  await prefetchHanging(unit, changes);
  const results: ChangeResult[] = [];
  const othersFirst = makeTurns();
  for (const [place, { context, change }] of asked.entries()) {
    await othersFirst();
    unit.actor = context;
    unit.place = place;
    results.push(await applyOne(unit, context, change, rules));
  }
  unit.actor = undefined;
  await touchNaming(unit);
  await othersFirst();
  await deriveGroups(unit);
  await othersFirst();
  await deriveMemberships(unit);
  await othersFirst();
  await derivePersons(unit);
  await othersFirst();
  deriveViews(unit);
  keepDroppedRoles(unit, rules.tombstoneDays);
  await othersFirst();
  return results;
}

function applyOne(unit: Unit, context: Context, change: Change, rules: Rules): Promise<ChangeResult> {
  switch (change.op) {
    case 'upsert':
    case 'replace':
      return change.type === 'membership'
        ? writeMembership(unit, context, asSent(unit, context, change as WriteChange<'membership'>))
        : write(unit, context, asSent(unit, context, change));
    case 'remove':
      return remove(unit, context, change);
    case 'release':
      return release(unit, context, change);
    case 'restore':
      return restore(unit, context, change);
    case 'rename':
      return rename(unit, context, change);
    case 'purge':
      return purge(unit, change, rules.trashDays);
    case 'lock':
      return lock(unit, context, change);
    case 'revert':
      return revert(unit, context, change);
  }
}
