import type { Result } from '../../base/result.ts';
import type { RecordType } from '../../model/index.ts';
import type { Context } from '../context.ts';

/** A change of a record of the person, as the change log has it; passwords are masked. */
export interface SubjectChange {
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly writer: string;
  readonly source: string;
  readonly run: string | null;
  readonly type: RecordType;
  readonly guid: string;
  readonly what: 'created' | 'changed' | 'purged';
  /** The fields that changed, as they were; null where the record was made, or its values are purged. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** The same fields as a run has set them; null where that is not kept. */
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** What is kept of one person, as it is written. */
export interface PersonExport {
  readonly guid: string;
  /** Name of a file for it, without folders. */
  readonly name: string;
  /** One JSON document in pieces, no faster than it is read. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What a person may ask to see: everything that is kept about them (GDPR, article 15). */
export interface SubjectsRoom {
  /**
   * All that is kept about one person, also in the trash or purged. `id` is a guid, a sender's id or a OneRoster
   * `sourcedId`; `unknown-object` where nothing is kept of such a person.
   */
  export(context: Context, id: string): Promise<Result<PersonExport>>;
}
