import type { Audit, AuditSubject, Context } from '../../roster/index.ts';
import type { Answer } from './answer.ts';
import { type Noun, nounOf, type Operation } from './operations/index.ts';

/** Nouns whose objects are about single persons, and what the audit log calls them. */
const aboutPersons: Readonly<Partial<Record<Noun, string>>> = {
  user: 'person',
  demographics: 'person',
  enrollment: 'membership',
  result: 'result',
  assessmentResult: 'assessmentResult',
};

/**
 * Makes what puts answers on record: reads of what is about persons, and whatever was asked for and is not there or not
 * open to the client. Written in the background: a read does not wait for it.
 */
export function makeOnRecord(audit: Pick<Audit, 'note'>) {
  return async (
    context: Context,
    { view, kind, method }: Operation,
    values: readonly string[],
    { seen, problem }: Answer,
  ): Promise<void> => {
    const noun = nounOf[view];
    const type = aboutPersons[noun] ?? noun;
    const action = method === 'GET' ? 'records.read' : 'records.write';
    if (seen !== undefined && aboutPersons[noun] !== undefined) {
      const subject: AuditSubject = seen.guid === undefined ? { type } : { type, id: seen.guid };
      await audit.note(context, { action, subject, count: seen.count, outcome: 'done' });
    }
    if (problem !== 'unknown-object' && problem !== 'forbidden') return;
    const asked = kind === 'read-many' ? values[0] : values.at(-1);
    const subject: AuditSubject = asked === undefined ? { type } : { type, asked };
    await audit.note(context, { action, subject, outcome: 'refused', problem });
  };
}
