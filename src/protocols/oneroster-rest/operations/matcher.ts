import { addressesOf } from '../../../roster/index.ts';
import type { Operation, Service } from './operation.ts';

/** Whether granted scope addresses open an operation; the addresses of both versions count alike. */
export function opens(granted: readonly string[], { scopes }: Pick<Operation, 'scopes'>): boolean {
  return scopes.some((scope) => addressesOf(scope).some((address) => granted.includes(address)));
}

/** What a path names: an operation's alternatives by method, and the `{…}` values in order. */
export interface Match {
  readonly service: Service;
  readonly operations: readonly Operation[];
  readonly values: readonly string[];
}

/** A path's shape: fixed segments (the even ones) in lower case, values as `*`. */
function shapeOf(segments: readonly string[]): string {
  return segments.map((segment, index) => (index % 2 === 0 ? segment.toLowerCase() : '*')).join('/');
}

/**
 * Makes the look-up of paths in the operation tables. Upper and lower case are the same in fixed segments; segments
 * come without empty ones, so that doubled slashes do no harm (real clients do both).
 */
export function makeMatcher(all: readonly Service[]): (segments: readonly string[]) => Match | Service | undefined {
  const tables = all.map((service) => {
    const shapes = new Map<string, Operation[]>();
    for (const operation of service.operations) {
      const shape = shapeOf(operation.path.split('/').slice(1));
      shapes.set(shape, [...(shapes.get(shape) ?? []), operation]);
    }
    return { service, base: service.base.split('/').slice(1), shapes };
  });
  return (segments) => {
    const table = tables.find(({ base }) => base.every((part, index) => segments[index]?.toLowerCase() === part));
    if (table === undefined) return undefined;
    const rest = segments.slice(table.base.length);
    const operations = table.shapes.get(shapeOf(rest));
    if (operations === undefined) return table.service;
    return { service: table.service, operations, values: rest.filter((_, index) => index % 2 === 1) };
  };
}
