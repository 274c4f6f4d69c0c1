export * from './access/tenants.ts';
export * from './change.ts';
export * from './context.ts';
export * from './query.ts';
export * from './roster.ts';
export * from './trash-types.ts';
export * from './types.ts';
