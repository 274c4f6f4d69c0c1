import type { Log } from '../../base/log.ts';
import type { RosterType } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { DownstreamRow, DownstreamStore, RecordName } from '../../store/index.ts';
import { type Guard, Interrupted } from '../attempt/deps.ts';
import { depthsOf } from './order.ts';
import { delayAfter, makeSender, type Sender } from './send.ts';
import { deliverStretch, type StretchCounts } from './stretch.ts';
import { type Deliverer, type Target, Unreachable } from './types.ts';

/** What working on a downstream needs. */
export interface DownstreamWorkDeps {
  readonly roster: Pick<Roster, 'find' | 'names' | 'related' | 'membershipsOf' | 'changesAfter'>;
  readonly rows: DownstreamStore;
  readonly deliverers: ReadonlyMap<string, Deliverer>;
  readonly log: Log;
  readonly firstDelayMs: number;
  /** The tenant's time: number and time of the newest transaction. */
  clock(tenant: string): Promise<{ readonly sequence: number; readonly updatedAt: Date }>;
  /** The address and the opened password; undefined when the password cannot be opened. */
  target(row: DownstreamRow): Target | undefined;
}

/** Records of one stretch; a transaction of the log is never cut. */
const stretchLimit = 500;
/** Work on one downstream before another one has its turn. */
const turnMs = 30_000;

/** How work ends without being done. */
export interface Stop {
  readonly guard: Guard;
  /** Aborted, it ends the call under way too, which is made again later. */
  readonly signal: AbortSignal;
}

/** Works on one leased downstream: what was there first, dead letters to be sent again, then the log. */
export async function workOnDownstream(deps: DownstreamWorkDeps, row: DownstreamRow, stop: Stop): Promise<void> {
  const { rows, log } = deps;
  const context = contextOf(row.tenant);
  try {
    const target = deps.target(row);
    const deliverer = deps.deliverers.get(target?.protocol ?? '');
    if (target === undefined || deliverer === undefined) {
      throw new Unreachable('The stored password cannot be opened with the present key; set it again.');
    }
    const sender = makeSender({
      rows,
      deliverer,
      context,
      target,
      row,
      ...stop,
      firstDelayMs: deps.firstDelayMs,
    });
    const turn = { until: Date.now() + turnMs };
    if (row.stale) {
      if (!(await rows.forget(row, sender.guard))) return;
      await sender.note({ stale: false });
    }
    await retryLetters(deps, context, sender);
    if (!(await deliverAll(deps, context, sender, turn))) return;
    await deliverLog(deps, context, sender, turn);
  } catch (error) {
    if (error instanceof Interrupted) return;
    const now = await rows.get(row.tenant);
    if (error instanceof Unreachable) {
      log.warn({ attempts: now?.failing?.attempts ?? 1 }, 'a downstream server does not answer');
      // What failed before a call was made is not written down yet.
      if (now !== undefined && now.nextAt <= new Date()) await failed(deps, now, error.message);
      return;
    }
    if (now !== undefined) await failed(deps, now, 'A defect of the gateway; its log has the details.');
    throw error;
  } finally {
    await rows.release(row);
  }
}

/** Who delivers: reads everything that the tenant shows, writes nothing. */
export function contextOf(tenant: string): Context {
  return { tenant, writer: 'admin:downstream', namespace: 'default', source: 'admin' };
}

async function failed({ rows, firstDelayMs }: DownstreamWorkDeps, row: DownstreamRow, reason: string): Promise<void> {
  const attempts = (row.failing?.attempts ?? 0) + 1;
  const failing = { since: row.failing?.since ?? new Date(), attempts, reason };
  await rows.note(row, { failing, nextAt: new Date(Date.now() + delayAfter(attempts, firstDelayMs)) });
}

/** Delivers everything there is, page by page from where it was; true when that is over. */
async function deliverAll(
  deps: DownstreamWorkDeps,
  context: Context,
  sender: Sender,
  turn: { readonly until: number },
): Promise<boolean> {
  const { initial } = sender.row;
  if (initial === null) return true;
  let { done } = initial;
  for (const phase of phasesFrom(initial.phase)) {
    let after = phase === initial.phase ? initial.after : null;
    for await (const page of pagesOf(deps.rows, sender.row.tenant, phase, after)) {
      const counts = await deliver(
        deps,
        context,
        sender,
        page.guids.map((guid) => ({ type: phase, guid })),
        false,
      );
      done += counts.visible;
      after = page.after;
      await sender.note({ initial: { ...initial, phase, after, done, total: Math.max(initial.total, done) } });
      if (Date.now() > turn.until) return false;
    }
  }
  await sender.note({ initial: null, deliveredUntil: later(sender.row.deliveredUntil, initial.until) });
  return true;
}

const phases = ['group', 'person', 'membership'] as const satisfies readonly RosterType[];

function phasesFrom(first: RosterType): readonly RosterType[] {
  return phases.slice(phases.indexOf(first));
}

interface GuidPage {
  readonly guids: readonly string[];
  /** Where to go on. */
  readonly after: string;
}

/** Guids of all records of a type after a place, in an order that stays while records come and go. */
async function* pagesOf(
  rows: DownstreamStore,
  tenant: string,
  type: RosterType,
  from: string | null,
): AsyncGenerator<GuidPage> {
  if (type === 'group') {
    yield* groupPages(rows, tenant, from);
    return;
  }
  for (let after = from ?? ''; ; ) {
    const page = type === 'person' ? await personPage(rows, tenant, after) : await membershipPage(rows, tenant, after);
    if (page === undefined) return;
    yield page;
    after = page.after;
  }
}

/** By depth, so that parents come first; all groups are known at once, they are few. */
async function* groupPages(rows: DownstreamStore, tenant: string, from: string | null): AsyncGenerator<GuidPage> {
  const depths = depthsOf(await rows.groupTree(tenant));
  const places = [...depths].map(([guid, depth]) => `${String(depth).padStart(9, '0')}/${guid}`).sort();
  const left = places.filter((place) => from === null || place > from);
  for (let at = 0; at < left.length; at += stretchLimit) {
    const page = left.slice(at, at + stretchLimit);
    yield { guids: page.map((place) => place.slice(place.indexOf('/') + 1)), after: page.at(-1) ?? '' };
  }
}

async function personPage(rows: DownstreamStore, tenant: string, from: string): Promise<GuidPage | undefined> {
  const guids = await rows.personsAfter(tenant, from, stretchLimit);
  const last = guids.at(-1);
  return last === undefined ? undefined : { guids, after: last };
}

async function membershipPage(rows: DownstreamStore, tenant: string, from: string): Promise<GuidPage | undefined> {
  const [group = '', guid = ''] = from.split('/');
  const found = await rows.membershipsAfter(tenant, { group, guid }, stretchLimit);
  const last = found.at(-1);
  return last && { guids: found.map((one) => one.guid), after: `${last.group}/${last.guid}` };
}

/** Sends dead letters again that somebody has asked for. */
async function retryLetters(deps: DownstreamWorkDeps, context: Context, sender: Sender): Promise<void> {
  const { tenant, retryAsked, retryDone } = sender.row;
  if (retryAsked <= retryDone) return;
  for (;;) {
    const letters = await deps.rows.letters(tenant, { limit: stretchLimit, retry: true });
    if (letters.length === 0) break;
    // Each ends the stretch as taken, or as refused anew and no longer in line.
    await deliver(
      deps,
      context,
      sender,
      letters.map(({ type, guid }) => ({ type, guid })),
      false,
    );
  }
  await sender.note({ retryDone: retryAsked });
}

/** Delivers the log from where it was to its end, or as far as the turn goes. */
async function deliverLog(
  deps: DownstreamWorkDeps,
  context: Context,
  sender: Sender,
  turn: { readonly until: number },
): Promise<void> {
  const { tenant } = sender.row;
  let { position } = sender.row;
  let deliveredUntil = later(sender.row.deliveredUntil, sender.row.initial?.until);
  while (Date.now() < turn.until) {
    // Read first: what is not in the log up to here has nothing to be delivered.
    const clock = await deps.clock(tenant);
    if (clock.sequence <= position) return;
    const stretch = await deps.roster.changesAfter(context, position, stretchLimit);
    await deliver(deps, context, sender, stretch.items, true);
    position = stretch.more ? stretch.until : Math.max(stretch.until, clock.sequence);
    deliveredUntil = later(later(deliveredUntil, stretch.at), stretch.more ? null : clock.updatedAt);
    await sender.note({ position, deliveredUntil });
  }
}

function later(one: Date | null, other: Date | null | undefined): Date | null {
  if (one === null || other === null || other === undefined) return other ?? one;
  return other > one ? other : one;
}

async function deliver(
  deps: DownstreamWorkDeps,
  context: Context,
  sender: Sender,
  items: readonly RecordName[],
  withRelated: boolean,
): Promise<StretchCounts> {
  const began = performance.now();
  const counts = await deliverStretch(deps, context, sender, items, { withRelated });
  const { written, removed, renamed, refused } = counts;
  if (written + removed + renamed + refused > 0) {
    const ms = Math.round(performance.now() - began);
    deps.log.info({ written, removed, renamed, refused, ms }, 'delivered downstream');
  }
  return counts;
}
