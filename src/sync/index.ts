export * from './reader.ts';
export * from './run.ts';
export * from './types.ts';
