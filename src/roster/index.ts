export * from './change.ts';
export * from './context.ts';
export * from './query.ts';
export * from './trash-types.ts';
export * from './types.ts';
