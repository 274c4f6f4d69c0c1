import type { FeedHealth, FeedWithHealth } from '../../../transports/index.ts';
import { settingLines } from '../../setting-paths.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';

/** Feeds as a table, and below it why a feed is not well. */
export function feedTable(feeds: readonly FeedWithHealth[]): string[] {
  const rows = feeds.map(({ name, protocol, mode, runs, health }) => [
    name,
    health.state,
    minute(health.lastGoodRun?.at),
    minute(health.nextRun),
    health.waitingFiles,
    personsOf(health),
    protocol,
    mode,
    runs,
  ]);
  const head = ['feed', 'state', 'last good run', 'next run', 'waiting', 'persons', 'protocol', 'mode', 'runs'];
  const reasons = feeds.flatMap(({ name, health: { state, reason } }) =>
    reason === null || state === 'never-ran' ? [] : [plain(`${name}: ${reason}`)],
  );
  return [...table([head, ...rows]), ...(reasons.length === 0 ? [] : ['', ...reasons])];
}

/** Settings as `--set` takes them, and behind `#` how the feed is. */
export function feedLines({ health, ...settings }: FeedWithHealth): string[] {
  const { state, reason, lastRun, lastGoodRun, nextRun, waitingFiles, trend } = health;
  const persons = trend.map(({ totals }) => totals.person).reverse();
  return [
    ...settingLines(settings),
    plain(`# state: ${state}${reason === null ? '' : `. ${reason}`}`),
    ...(lastRun === null ? [] : [plain(`# last run: ${lastRun.id} ${lastRun.state} ${lastRun.at}`)]),
    ...(lastGoodRun === null ? [] : [plain(`# last good run: ${lastGoodRun.id} ${lastGoodRun.at}`)]),
    ...(nextRun === null ? [] : [plain(`# next run: ${nextRun}`)]),
    ...(waitingFiles === 0 ? [] : [`# waiting files: ${waitingFiles}`]),
    ...(persons.length === 0 ? [] : [`# persons after the last runs: ${persons.join(', ')}`]),
  ];
}

/** The persons after the last good run, and how many more or fewer than after the one before. */
function personsOf({ trend: [last, before] }: FeedHealth): string {
  if (last === undefined) return '';
  const more = before === undefined ? 0 : last.totals.person - before.totals.person;
  return more === 0 ? String(last.totals.person) : `${last.totals.person} (${more > 0 ? '+' : ''}${more})`;
}

/** An instant to the minute, in UTC. */
function minute(at: string | null | undefined): string {
  return at == null ? '' : `${at.slice(0, 16)}Z`;
}
