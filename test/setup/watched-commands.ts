import { collectionNames, tenantless } from '../../src/store/index.ts';

/** A command as the driver sends it. */
export interface SentCommand {
  readonly name: string;
  readonly collection: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const spoken = new Set(['find', 'update', 'delete', 'findAndModify', 'aggregate', 'insert', 'count', 'distinct']);
// Files that never arrived are looked for over all tenants, as jobs are, and removed tenant by tenant.
const own = new Set<string>([...Object.values(collectionNames), 'originals.parts', 'originals.passages']);
const withoutTenant = new Set<string>(tenantless.map((name) => collectionNames[name]));

/** Filters and new documents of a command, each of which must name the tenant. */
function partsOf({ name, body }: SentCommand): unknown[] {
  if (name === 'find') return [body['filter']];
  if (name === 'findAndModify' || name === 'count' || name === 'distinct') return [body['query']];
  if (name === 'aggregate') return [(body['pipeline'] as { $match?: unknown }[])[0]?.$match];
  if (name === 'insert') return body['documents'] as unknown[];
  return ((body['updates'] ?? body['deletes']) as { q: unknown }[]).map(({ q }) => q);
}

function namesTenant(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { tenant, $and } = part as { readonly tenant?: unknown; readonly $and?: readonly unknown[] };
  return (tenant !== undefined && tenant !== null) || $and?.some(namesTenant) === true || isAll(part);
}

/** Only tests look at all there is, to see what is in it; that the program does not is looked for in its source. */
const isAll = (part: object): boolean => Object.keys(part).length === 0;

/** Whether a command on data of tenants names none, which only those on the collections in `tenantless` may do (decisions 5.2). */
export function namesNoTenant(command: SentCommand): boolean {
  if (!spoken.has(command.name) || !own.has(command.collection) || withoutTenant.has(command.collection)) return false;
  return !partsOf(command).every(namesTenant);
}
