export * from './day.ts';
export * from './group.ts';
export * from './key.ts';
export * from './mapping.ts';
export * from './membership.ts';
export * from './parts.ts';
export * from './person.ts';
export * from './record.ts';
