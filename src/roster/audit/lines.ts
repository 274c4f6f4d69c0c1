import type { Context } from '../context.ts';
import type { Audit, AuditFilter } from './types.ts';

/** Entries as JSON lines, oldest first, in pieces of whole lines; memory stays flat. */
export async function* auditLines(
  audit: Pick<Audit, 'entries'>,
  context: Context,
  filter: AuditFilter,
): AsyncGenerator<string> {
  for await (const batch of audit.entries(context, filter)) {
    yield batch.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}
