import type { Clock } from '../../base/clock.ts';
import { instantOf, isDay } from '../../base/instant.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import { endedRun } from '../ended-run.ts';
import type { Exporter, ExportReads } from '../exporter.ts';
import type { Sync } from '../types.ts';

/** What a person asks an export for. */
export interface ExportQuery {
  /** One of {@link exportFormats}. */
  readonly format: string;
  /** Only what changed after this time: a day `YYYY-MM-DD` or an ISO 8601 time with a zone. */
  readonly since?: string;
  /** Only what changed after this run had ended. */
  readonly run?: string;
  /** Whether passwords are in it, as their senders gave them; never unless asked. */
  readonly passwords: boolean;
}

/** An export that is about to be written. */
export interface ExportFile {
  /** `rostergate-export-2026-09-01.zip`. */
  readonly name: string;
  readonly mediaType: string;
  /** The bytes, made as they are taken; whoever leaves early ends the work. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The canonical roster as files of other standards. */
export interface Exports {
  /**
   * Begins an export; the first bytes are there when it answers. Problems: `invalid-request` for an unknown format, a
   * time that is none, or a delta where the format has none; `unknown-object` and `conflict` for the run.
   */
  open(context: Context, query: ExportQuery): Promise<Result<ExportFile>>;
}

/** The formats in which the roster can be exported. */
export const exportFormats = ['oneroster-csv-1.2.1', 'oneroster-csv-1.1', 'ims-enterprise-xml'] as const;

/** What {@link makeExports} needs. */
export interface ExportsDeps {
  readonly roster: ExportReads;
  readonly sync: Pick<Sync, 'run'>;
  readonly exporters: readonly Exporter[];
  readonly clock: Clock;
}

/** Makes {@link Exports} of the given exporters. */
export function makeExports({ roster, sync, exporters, clock }: ExportsDeps): Exports {
  /** The time after which changes are asked for; undefined for all. */
  async function sinceOf(context: Context, { since, run: id }: ExportQuery): Promise<Result<Date | undefined>> {
    if (since !== undefined && id !== undefined) {
      return failed('invalid-request', 'Ask for changes since a time or since a run, not both.', { field: 'since' });
    }
    if (id === undefined) return since === undefined ? ok(undefined) : timeOf(since);
    const run = await endedRun(sync, context, id);
    if (!run.ok) return run;
    if (run.value.endedAt !== null) return ok(new Date(run.value.endedAt));
    return failed('conflict', `The run ${id} is ${run.value.state}; export what follows it when it has ended.`, { id });
  }

  return {
    async open(context, query) {
      const exporter = exporters.find(({ format }) => format === query.format);
      if (exporter === undefined) {
        const known = exporters.map(({ format }) => format).join(', ');
        return failed('invalid-request', `The format must be one of ${known}.`, { field: 'format' });
      }
      const since = await sinceOf(context, query);
      if (!since.ok) return since;
      if (since.value !== undefined && !exporter.delta) {
        const text = `${exporter.format} has no file of changes; leave out since and run, or ask for oneroster-csv-1.2.1.`;
        return failed('invalid-request', text, { field: 'since' });
      }
      const bytes = exporter.write(roster, context, {
        demographics: true,
        passwords: query.passwords,
        ...(since.value === undefined ? {} : { since: since.value }),
      });
      const day = clock.now().toISOString().slice(0, 10);
      return ok({
        name: `rostergate-export-${day}.${exporter.extension}`,
        mediaType: exporter.mediaType,
        bytes: await begun(bytes),
      });
    },
  };
}

function timeOf(text: string): Result<Date> {
  const hasZone = /(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isDay(text) ? Date.parse(text) : hasZone ? instantOf(text) : undefined;
  if (time !== undefined) return ok(new Date(time));
  const wanted = 'must be a day as 2026-09-01, or a time with a zone as 2026-09-01T06:30:00Z';
  return failed('invalid-request', `since ${wanted}.`, { field: 'since' });
}

/** The same bytes, the first of which are there: what fails at once fails before anything is answered. */
async function begun(bytes: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  let first: IteratorResult<Uint8Array> | undefined = await bytes.next();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = first ?? (await bytes.next());
        first = undefined;
        return result;
      },
      async return() {
        await bytes.return(undefined);
        return { done: true, value: undefined };
      },
    }),
  };
}
