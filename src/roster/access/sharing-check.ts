import { failed, ok, type Result } from '../../base/result.ts';
import { makeSchemaCheck } from '../../base/schema-check.ts';
import { schemaFault } from '../../base/schema-fault.ts';
import { type Sharing, sharingSchema } from '../sharing.ts';

/** Makes the check of sharing rules: says which one is wrong (`invalid-request`). */
export function makeSharingCheck(): (sharing: unknown) => Result<Sharing> {
  const check = makeSchemaCheck(sharingSchema);
  return (sharing) => {
    if (check(sharing)) return ok(sharing as Sharing);
    const { field, text } = schemaFault(check.errors);
    return failed('invalid-request', `The rule ${field} ${text}.`, { field });
  };
}
