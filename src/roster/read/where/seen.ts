import type { View } from '../../query.ts';

/** What of a record's references answers show to a client: filters ask for nothing else. */
export interface Seen {
  /** Orgs of which users' roles are shown; undefined: all. */
  readonly orgs: ReadonlySet<string> | undefined;
  sees(view: View, guid: string): Promise<boolean>;
}
