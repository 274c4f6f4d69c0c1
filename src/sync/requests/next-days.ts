import { isDay } from '../../base/instant.ts';
import { type Failed, failed } from '../../base/result.ts';
import type { Group } from '../../model/index.ts';
import { movedFrame } from '../planners/next-year.ts';
import type { RolloverRequest } from '../types.ts';

/** Refuses a next year whose days do not exist or do not follow each other, those it takes over from the old year too. */
export function refuseDays(next: RolloverRequest['next'], old: Group): Failed | undefined {
  if (next === undefined) return undefined;
  for (const name of ['start', 'end'] as const) {
    const day = next[name];
    if (day !== undefined && !isDay(day)) return wrong(name, 'must be a day, as 2026-08-01');
  }
  if (next.start === undefined && next.end === undefined) return undefined;
  const moved = movedFrame(old.timeFrame);
  const start = next.start ?? moved?.start ?? '';
  const end = next.end ?? moved?.end ?? '';
  if (!isDay(start) || !isDay(end) || end > start) return undefined;
  return next.end === undefined
    ? wrong('start', `must be before end, ${end}`)
    : wrong('end', `must be after start, ${start}`);
}

function wrong(name: 'start' | 'end', text: string): Failed {
  return failed('invalid-request', `The field next.${name} ${text}.`, { field: `next.${name}` });
}
