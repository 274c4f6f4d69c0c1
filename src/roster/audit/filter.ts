import { instantOf } from '../../base/instant.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { AuditFilter } from './types.ts';

/** Which entries are meant, as people write it: times are days, or ISO 8601 times with a zone. */
export interface AuditQuery {
  readonly since?: string;
  readonly until?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly who?: string;
}

/** The filter of a query; `invalid-request` names the time that is none. */
export function readAuditQuery({ since, until, ...rest }: AuditQuery): Result<AuditFilter> {
  const times: { since?: Date; until?: Date } = {};
  for (const [name, text] of Object.entries({ since, until }) as ['since' | 'until', string | undefined][]) {
    if (text === undefined) continue;
    const instant = instantOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
    if (instant === undefined) {
      return failed('invalid-request', `${name} must be a day, or an ISO 8601 time with a zone.`, { field: name });
    }
    times[name] = new Date(instant);
  }
  return ok({ ...times, ...rest });
}
